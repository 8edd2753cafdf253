#include "backends.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <vector>

namespace sae {
namespace {

[[noreturn]] void unavailable(const std::string& text) { throw Error(SAE_ERR_UNAVAILABLE, text); }

// $SAE_BACKEND_PATH first, so that a build can be tried without installing it, then the folder of this library.
std::vector<std::string> search_folders() {
  std::vector<std::string> folders;
  if (const char* path = std::getenv("SAE_BACKEND_PATH")) {
    std::istringstream parts(path);
    for (std::string folder; std::getline(parts, folder, ':');) {
      if (!folder.empty()) folders.push_back(folder);
    }
  }
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&sae_abi_version), &self) != 0 && self.dli_fname != nullptr) {
    const std::string file = self.dli_fname;
    const size_t slash = file.rfind('/');
    folders.push_back(slash == std::string::npos ? "." : file.substr(0, slash));
  }
  return folders;
}

std::string find_library(const std::string& file) {
  std::string searched;
  for (const std::string& folder : search_folders()) {
    const std::string path = folder + "/" + file;
    if (access(path.c_str(), R_OK) == 0) return path;
    searched += (searched.empty() ? "" : ", ") + folder;
  }
  unavailable(file + " was not found in " + searched +
              (std::getenv("SAE_BACKEND_PATH") == nullptr ? " (SAE_BACKEND_PATH is not set)" : ""));
}

void* find_symbol(void* library, const std::string& path, const char* name) {
  void* symbol = dlsym(library, name);
  if (symbol == nullptr) unavailable(path + " does not define " + name + ": it was not built for this version");
  return symbol;
}

}  // namespace

BackendEntry find_backend(const std::string& name) {
  if (name == "cpu") return {&sae_describe_backend, &sae_create_data, &sae_create_backend};
  if (name != "cuda" && name != "simt") {
    throw Error(SAE_ERR_INVALID, "backend must be cpu, cuda or simt, not " + name);
  }
  const std::string path = find_library("libsae_" + name + ".so");
  // Never closed: the code of its sessions, and a device runtime's own threads, live in it.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) unavailable(path + " cannot be loaded: " + dlerror());
  return {reinterpret_cast<decltype(&sae_describe_backend)>(find_symbol(library, path, "sae_describe_backend")),
          reinterpret_cast<decltype(&sae_create_data)>(find_symbol(library, path, "sae_create_data")),
          reinterpret_cast<decltype(&sae_create_backend)>(find_symbol(library, path, "sae_create_backend"))};
}

}  // namespace sae
