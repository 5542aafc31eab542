#pragma once

#include <vector>

namespace fanout {

/// The CPUs that the calling thread may use, ascending, as the kernel says now. At least one.
std::vector<unsigned> affinity();

/// The CPUs that this process was given when it was started. By the time of main() a library may have bound the main
/// thread, and with it every worker that it starts: libgomp does so where OMP_PROC_BIND is set.
std::vector<unsigned> starting_affinity();

}  // namespace fanout
