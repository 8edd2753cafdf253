// A pool of threads that sleep while they wait: on a shared machine waiting must not cost what working would.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace sae::cpu {

class ThreadPool {
 public:
  // The calling thread is one of the workers; workers - 1 threads are started.
  explicit ThreadPool(int workers);
  ~ThreadPool();

  int workers() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls body(item, worker) once for each item from 0 to items - 1, on any worker in any order, and returns when all
  // are done. Items must be independent of each other, so that no result depends on the number of workers; `worker`
  // only names scratch memory. body must not throw. Allocates nothing.
  template <class Body>
  void run(int64_t items, const Body& body) {
    run_erased(items, &body,
               [](const void* erased, int64_t item, int worker) { (*static_cast<const Body*>(erased))(item, worker); });
  }

 private:
  using Call = void (*)(const void* body, int64_t item, int worker);

  void run_erased(int64_t items, const void* body, Call call);
  void work(int worker);
  void thread_main(int worker);

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  uint64_t job_number_ = 0;  // guarded by mutex_, as are the four below
  bool open_ = false;        // whether a worker may still join the job
  int joined_ = 0;
  bool stop_ = false;
  const void* body_ = nullptr;
  Call call_ = nullptr;
  int64_t items_ = 0;
  std::atomic<int64_t> next_{0};
};

}  // namespace sae::cpu
