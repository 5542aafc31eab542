#pragma once

#include <sys/types.h>

#include <vector>

namespace fanout {

/// Throws std::system_error unless the system gives as many threads at once. To be asked before a library starts them:
/// libgomp exits, and TBB terminates, where it gets fewer.
void require_threads(unsigned count);

/// The threads of this process now.
std::vector<pid_t> own_threads();

}  // namespace fanout
