// recording.h: launches that are recorded once as a graph and replayed as one.
#pragma once

#include <string>

#include "backend.h"
#include "device/memory.h"

namespace sae {

class Recording {
 public:
  Recording() = default;
  ~Recording() { release(); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  bool empty() const { return !graph_; }

  // Records what `launches` gives to the stream, of which nothing runs. Throws SAE_ERR_MEMORY where it does not fit and
  // is empty then; `owner` is what the text says the graph is for. How many bytes a graph takes the driver does not
  // tell: the text names its launches.
  template <class Launches>
  void record(const std::string& owner, device::Stream stream, Launches launches) {
    release();
    try {
      device::begin_capture(stream);
      try {
        launches();
      } catch (...) {
        abandon(stream);
        throw;
      }
      graph_ = device::end_capture(stream);
    } catch (const Error& error) {
      if (error.status() != SAE_ERR_MEMORY) throw;
      throw Error(SAE_ERR_MEMORY, owner + " needs device memory for " + error.what() + "; " +
                                      megabytes(device::free_memory()) + " are free on the device");
    }
  }

  void replay(device::Stream stream) const { device::replay(graph_, stream); }

  void release() {
    device::destroy_graph(graph_);
    graph_ = nullptr;
  }

 private:
  static void abandon(device::Stream stream) {
    try {
      device::destroy_graph(device::end_capture(stream));
    } catch (const Error&) {
      // What ended the recording is the cause; that the recording cannot end well follows from it.
    }
  }

  device::Graph graph_ = nullptr;
};

}  // namespace sae
