// A small header-only pool in the style of the well-known ones, which knows nothing of Fanout: submit() gives a future.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

class thread_pool {
 public:
  explicit thread_pool(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~thread_pool() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  template <class F>
  std::future<std::invoke_result_t<F>> submit(F function) {
    auto task = std::make_shared<std::packaged_task<std::invoke_result_t<F>()>>(std::move(function));
    auto future = task->get_future();
    {
      const std::lock_guard lock(mutex_);
      queue_.push([task] { (*task)(); });
    }
    wake_.notify_one();
    return future;
  }

 private:
  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto task = std::move(queue_.front());
      queue_.pop();
      lock.unlock();
      task();
    }
  }

  std::vector<std::thread> threads_;
  std::queue<std::function<void()>> queue_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
};
