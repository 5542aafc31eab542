#pragma once

#include <pthread.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace fanout {

/// Throws std::system_error, naming what was called, unless the error number is 0.
inline void require_success(int error, const char* call) {
  if (error != 0) throw std::system_error(error, std::generic_category(), call);
}

/// A mutex for workers that are threads or forked processes: it has to lie in memory that they share. Once its holder
/// has died, everybody who locks it is thrown out.
class ProcessMutex {
 public:
  explicit ProcessMutex(int type = PTHREAD_MUTEX_NORMAL) {
    pthread_mutexattr_t attributes;
    require_success(pthread_mutexattr_init(&attributes), "pthread_mutexattr_init");
    require_success(pthread_mutexattr_settype(&attributes, type), "pthread_mutexattr_settype");
    require_success(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), "pthread_mutexattr_setpshared");
    require_success(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), "pthread_mutexattr_setrobust");
    require_success(pthread_mutex_init(&mutex_, &attributes), "pthread_mutex_init");
    pthread_mutexattr_destroy(&attributes);
  }
  ProcessMutex(const ProcessMutex&) = delete;
  ProcessMutex& operator=(const ProcessMutex&) = delete;

  void lock() {
    const int error = pthread_mutex_lock(&mutex_);
    if (error == EOWNERDEAD) unlock();  // without pthread_mutex_consistent: it cannot be locked any more
    require_alive(error);
  }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  friend class ProcessCondition;

  static void require_alive(int error) {
    if (error == EOWNERDEAD || error == ENOTRECOVERABLE)
      throw std::runtime_error("a worker died while it held the lock, and left what it guards half done");
    require_success(error, "pthread_mutex_lock");
  }

  pthread_mutex_t mutex_;
};

/// A condition variable to go with it.
class ProcessCondition {
 public:
  ProcessCondition() {
    pthread_condattr_t attributes;
    require_success(pthread_condattr_init(&attributes), "pthread_condattr_init");
    require_success(pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), "pthread_condattr_setpshared");
    require_success(pthread_cond_init(&condition_, &attributes), "pthread_cond_init");
    pthread_condattr_destroy(&attributes);
  }
  ProcessCondition(const ProcessCondition&) = delete;
  ProcessCondition& operator=(const ProcessCondition&) = delete;

  /// Sleeps until notified, or early, with the mutex unlocked meanwhile. Throws as lock() does.
  void wait(ProcessMutex& mutex) { ProcessMutex::require_alive(pthread_cond_wait(&condition_, &mutex.mutex_)); }
  void notify_one() { pthread_cond_signal(&condition_); }

 private:
  pthread_cond_t condition_;
};

}  // namespace fanout
