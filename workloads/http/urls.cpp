#include "workloads/http/urls.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <string_view>

#include "core/parameter.hpp"
#include "workloads/http/curl.hpp"
#include "workloads/http/fetch.hpp"

namespace fanout {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trim(std::string_view line) {
  const auto first = line.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

bool is_http_url(const std::string& text) {
  if (std::ranges::any_of(text, [](char c) { return c >= 0 && (c <= ' ' || c == 0x7f); })) return false;
  const std::unique_ptr<CURLU, decltype((curl_url_cleanup))> url{curl_url(), curl_url_cleanup};
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return false;
  char* part = nullptr;
  if (curl_url_get(url.get(), CURLUPART_SCHEME, &part, 0) != CURLUE_OK) return false;
  const std::unique_ptr<char, decltype((curl_free))> scheme{part, curl_free};
  return std::string_view{part} == "http" || std::string_view{part} == "https";
}

}  // namespace

std::vector<std::string> read_urls(const std::string& path) {
  std::ifstream file{path};
  std::vector<std::string> urls;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    std::string text{trim(line)};
    if (text.empty() || text.front() == '#') continue;
    if (!is_http_url(text)) {
      throw UsageError("http.urls: line " + std::to_string(number) + " of " + printable(path) + ": '" +
                       printable(text) + "' is not an http:// or https:// URL");
    }
    urls.push_back(std::move(text));
  }
  if (!file.eof()) throw UsageError("http.urls: cannot read " + printable(path));
  if (urls.empty()) throw UsageError("http.urls: no URL in " + printable(path));
  return urls;
}

}  // namespace fanout
