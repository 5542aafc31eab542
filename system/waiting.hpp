#pragma once

#include <sys/types.h>

#include <string>

namespace fanout {

/// What a thread is doing.
struct Waiting {
  enum class State {
    running,     ///< or ready to
    blocked,     ///< `what` says in which system call
    unreadable,  ///< `what` says why
    gone,        ///< it has ended
  };
  State state;
  std::string what = {};
};

/// As /proc tells of a thread of this process or of another one: a few us.
Waiting waiting(pid_t process, pid_t thread);

/// "futex", "recvfrom"; "call 999" for those that workers seldom wait in; "no call" (a page fault, say) for -1.
std::string call_name(long number);

}  // namespace fanout
