#pragma once

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <mutex>

#include "system/process_mutex.hpp"
#include "system/relax.hpp"

// What the workload `lock` compares. Each has lock() and unlock(), and works between processes where it lies in memory
// that they share.
namespace fanout {

/// A mutex that its holder may lock again.
class RecursiveMutex : public ProcessMutex {
 public:
  RecursiveMutex() : ProcessMutex(PTHREAD_MUTEX_RECURSIVE) {}
};

/// A lock that several may hold at once if they only read: lock_shared().
class SharedMutex {
 public:
  SharedMutex() {
    pthread_rwlockattr_t attributes;
    require_success(pthread_rwlockattr_init(&attributes), "pthread_rwlockattr_init");
    require_success(pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED),
                    "pthread_rwlockattr_setpshared");
    require_success(pthread_rwlock_init(&lock_, &attributes), "pthread_rwlock_init");
    pthread_rwlockattr_destroy(&attributes);
  }
  SharedMutex(const SharedMutex&) = delete;
  SharedMutex& operator=(const SharedMutex&) = delete;

  void lock() { require_success(pthread_rwlock_wrlock(&lock_), "pthread_rwlock_wrlock"); }
  void unlock() { pthread_rwlock_unlock(&lock_); }
  void lock_shared() { require_success(pthread_rwlock_rdlock(&lock_), "pthread_rwlock_rdlock"); }
  void unlock_shared() { unlock(); }

 private:
  pthread_rwlock_t lock_;
};

/// A semaphore with one permit. It does not care who gives one back: every unlock() without a lock() adds a permit.
class Semaphore {
 public:
  Semaphore() { require(sem_init(&semaphore_, 1, 1) == 0, "sem_init"); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  void lock() {
    while (sem_wait(&semaphore_) != 0) require(errno == EINTR, "sem_wait");
  }
  void unlock() { sem_post(&semaphore_); }

 private:
  static void require(bool fine, const char* call) {
    if (!fine) require_success(errno, call);
  }

  sem_t semaphore_;
};

/// A flag that is set while a worker is inside, and a condition variable to wait until it is not.
class Condition {
 public:
  void lock() {
    const std::scoped_lock guard(mutex_);
    while (busy_) free_.wait(mutex_);
    busy_ = true;
  }
  void unlock() {
    {
      const std::scoped_lock guard(mutex_);
      busy_ = false;
    }
    free_.notify_one();  // one is enough: a worker that gets in before the one that wakes will notify it in turn
  }

 private:
  ProcessMutex mutex_;
  ProcessCondition free_;
  bool busy_ = false;
};

/// Test and test-and-set. After a while it yields: where workers exceed CPUs, the holder may be waiting for this one.
class SpinLock {
 public:
  void lock() {
    for (unsigned looks = 0; held_.exchange(true, std::memory_order_acquire);) {
      while (held_.load(std::memory_order_relaxed)) {
        if (++looks % kLooks == 0) sched_yield();
        relax();
      }
    }
  }
  void unlock() { held_.store(false, std::memory_order_release); }

 private:
  static constexpr unsigned kLooks = 128;  // a few microseconds
  std::atomic<bool> held_ = false;
};

/// No lock at all.
struct Unlocked {
  void lock() {}
  void unlock() {}
};

}  // namespace fanout
