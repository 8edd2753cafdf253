#include "thread_pool.h"

namespace sae::cpu {

ThreadPool::ThreadPool(int workers) {
  try {
    for (int worker = 1; worker < workers; ++worker) threads_.emplace_back([this, worker] { thread_main(worker); });
  } catch (const std::system_error&) {
    // The system grants fewer threads than asked for: the results are the same with those that started.
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run_erased(int64_t items, const void* body, Call call) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    body_ = body;
    call_ = call;
    items_ = items;
    next_.store(0, std::memory_order_relaxed);
    ++job_number_;
    open_ = items > 1;
  }
  if (items > 1) wake_.notify_all();
  work(0);
  // Only those who joined are waited for: a thread that wakes late finds the job closed.
  std::unique_lock<std::mutex> lock(mutex_);
  open_ = false;
  idle_.wait(lock, [this] { return joined_ == 0; });
}

void ThreadPool::work(int worker) {
  for (int64_t item; (item = next_.fetch_add(1, std::memory_order_relaxed)) < items_;) call_(body_, item, worker);
}

void ThreadPool::thread_main(int worker) {
  uint64_t seen = 0;
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stop_ || (open_ && job_number_ != seen); });
    if (stop_) return;
    seen = job_number_;
    ++joined_;
    lock.unlock();
    work(worker);
    lock.lock();
    if (--joined_ == 0) idle_.notify_one();
  }
}

}  // namespace sae::cpu
