#!/usr/bin/env bash
# Builds the benchmarks of well-known libraries from Debian's source packages into FOLDER/bin, against the packaged Google
# Benchmark: programs that nobody wrote for fanout. An apt of FOLDER's own has the deb-src line; nothing is installed.
#   tests/subjects/libraries.sh FOLDER [snappy simdjson abseil benchmark]
# Needs libbenchmark-dev, libgmock-dev, cmake, make, dpkg-dev, and about 2 minutes on 2 cores.
set -euo pipefail

[[ $# -gt 0 ]] || { sed -n '2,5s/^# *//p' "$0" >&2; exit 2; }
mkdir -p "$1"/{apt/lists/partial,apt/cache/archives/partial,bin,build}
cd "$1"
shift
(($#)) || set -- snappy simdjson abseil benchmark

suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
archive=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' | sed -n "s/^$suite //p" | head -n 1)
[[ -n $archive ]] || { echo "apt knows no archive of $suite; apt-get update first" >&2; exit 1; }
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main" >apt/sources.list
apt=(apt-get -q -o "Dir::Etc::sourcelist=$PWD/apt/sources.list" -o Dir::Etc::sourceparts=- -o APT::Sandbox::User=
  -o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache")
export CMAKE_BUILD_TYPE=Release
flags=(-std=c++17 -O2 -DNDEBUG)
link=(-lbenchmark -pthread)

source_of() { # PACKAGE: its unpacked source
  ls -d "$1"-[0-9]*/ 2>/dev/null || { "${apt[@]}" source "$1" >apt/source.log 2>&1 && ls -d "$1"-[0-9]*/; }
}

build_snappy() {
  cmake -S "$1" -B build/snappy -DSNAPPY_BUILD_TESTS=OFF >build/snappy.log 2>&1
  cmake --build build/snappy -j2 --target snappy_benchmark >>build/snappy.log 2>&1
  cp build/snappy/snappy_benchmark bin
}

build_simdjson() {
  local data="\"$PWD/${1%/}/jsonexamples/\""
  g++ "${flags[@]}" -DSIMDJSON_BENCHMARK_DATA_DIR="$data" -I"$1/include" -I"$1/src" -I"$1/benchmark" "$1"/src/simdjson.cpp \
    "$1"/benchmark/bench_dom_api.cpp -o bin/bench_dom_api "${link[@]}"
}

build_abseil() {
  local name libraries
  cmake -S "$1" -B build/abseil -DCMAKE_CXX_STANDARD=17 -DABSL_PROPAGATE_CXX_STD=ON >build/abseil.log 2>&1
  cmake --build build/abseil -j2 --target strings hash synchronization time >>build/abseil.log 2>&1
  libraries=(-Wl,--start-group $(find build/abseil -name '*.a') -Wl,--end-group)
  for name in strings/str_split synchronization/mutex container/inlined_vector time/civil_time; do
    g++ "${flags[@]}" -I"$1" "$1/absl/${name}_benchmark.cc" -o "bin/${name##*/}_benchmark" "${libraries[@]}" \
      -lbenchmark_main "${link[@]}"
  done
}

build_benchmark() { # the library's own examples, which are its tests
  local name
  for name in benchmark map fixture options; do
    g++ "${flags[@]}" "$1/test/${name}_test.cc" -o "bin/${name}_test" "${link[@]}"
  done
}

[[ -n $(find apt/lists -name '*Sources*') ]] || "${apt[@]}" update >apt/update.log 2>&1
for package; do
  echo "$package" >&2
  "build_$package" "$(source_of "$package")"
done
ls bin
