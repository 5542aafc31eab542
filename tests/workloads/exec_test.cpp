#include <fstream>

#include "tests/tiny.hpp"
#include "workloads/digest.hpp"
#include "workloads/exec/process.hpp"

namespace fanout {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<Workload> make(const std::map<std::string, std::string>& settings) {
  const auto& entry = *Workloads::find("exec");
  return entry.build(Values("exec", entry.parameters, settings), 1);
}

std::uint64_t of(std::string_view text) { return hash(text); }

/// What a call throws.
std::string said(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(Exec, SplitsAsAShellWould) {
  EXPECT_THAT(split_words("gzip  -c\t{input}"), ElementsAre("gzip", "-c", "{input}"));
  EXPECT_THAT(split_words(R"(a 'b  "c' "d 'e\"" f\ g '' h"i"'j')"),
              ElementsAre("a", "b  \"c", "d 'e\"", "f g", "", "hij"));
  EXPECT_THAT(split_words("$HOME *.c | ;"), ElementsAre("$HOME", "*.c", "|", ";"));
  EXPECT_THAT(said([] { split_words("a 'b"); }), HasSubstr("a quote is not closed"));
  EXPECT_THAT(said([] { split_words("  "); }), HasSubstr("no command is given"));
}

TEST(Exec, ATaskIsAProcessWithAnInput) {
  const auto exec = make({{"tasks", "3"}, {"template", "printf %s-%s {input} x{input}y"}});
  std::vector<std::uint64_t> digests(3);
  exec->run(0, 3, digests);
  EXPECT_THAT(digests, ElementsAre(of("0-x0y"), of("1-x1y"), of("2-x2y")));
  EXPECT_EQ(exec->expected(), digests);
}

TEST(Exec, InputsAreLinesAndStayWhole) {
  const std::string path = ::testing::TempDir() + "fanout_exec_test_" + std::to_string(getpid());
  std::ofstream(path) << "a b'c\n\n{input}\n$(id)";
  const auto exec = make({{"inputs", path}, {"template", "printf %s {input}"}});
  EXPECT_THAT(exec->expected(), ElementsAre(of("a b'c"), of("{input}"), of("$(id)")));
  std::ofstream(path, std::ios::trunc) << "\n";
  EXPECT_THAT(said([&] { make({{"inputs", path}}); }), HasSubstr("no line in"));
  std::remove(path.c_str());
  EXPECT_THAT(said([&] { make({{"inputs", path}}); }), HasSubstr("the path of a readable file"));
}

TEST(Exec, ReadsLargeOutputsToTheirEnd) {
  EXPECT_EQ(run_process({"head", "-c", "1000000", "/dev/zero"}), hash(std::string(1'000'000, '\0')));
  EXPECT_EQ(run_process({"cat"}), of("")) << "there is nothing to read";
}

TEST(Exec, SaysHowAProcessFailed) {
  EXPECT_THAT(said([] { run_process({"surely-not-there"}); }),
              HasSubstr("cannot start surely-not-there: No such file"));
  EXPECT_THAT(said([] { run_process({"sh", "-c", "exit 3"}); }), HasSubstr("sh ended with status 3"));
  EXPECT_THAT(said([] { run_process({"sh", "-c", "kill -9 $$"}); }), HasSubstr("sh was killed by signal 9"));
}

}  // namespace
}  // namespace fanout
