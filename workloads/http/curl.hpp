#pragma once

#include <curl/curl.h>
#include <dlfcn.h>

#include <atomic>
#include <stdexcept>
#include <string>

#undef curl_easy_getinfo  // they would expand to themselves, with three arguments
#undef curl_easy_setopt
#undef curl_multi_setopt

namespace fanout {

/// A function of libcurl, which is loaded when one is called first. It brings thirty libraries; linked to it, every
/// process would take half of its start to load them, also those that fetch nothing.
template <class Function>
class OfCurl {
 public:
  explicit constexpr OfCurl(const char* name) : name_(name) {}

  template <class... Arguments>
  auto operator()(Arguments... arguments) const {
    Function* function = function_.load(std::memory_order_relaxed);
    if (function == nullptr) function_.store(function = find(), std::memory_order_relaxed);
    return function(arguments...);
  }

 private:
  [[nodiscard]] Function* find() const {
    void* const library =
        dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);  // never unloaded: it has handles in all threads
    void* const found = library == nullptr ? nullptr : dlsym(library, name_);
    if (found == nullptr) throw std::runtime_error(std::string("libcurl cannot be loaded: ") + dlerror());
    return reinterpret_cast<Function*>(found);
  }

  const char* name_;
  mutable std::atomic<Function*> function_ = nullptr;
};

// By the names that they have in <curl/curl.h>, which they hide here.
#define FANOUT_OF_CURL(name) inline constinit const OfCurl<decltype(::name)> name(#name)
FANOUT_OF_CURL(curl_easy_cleanup);
FANOUT_OF_CURL(curl_easy_getinfo);
FANOUT_OF_CURL(curl_easy_header);
FANOUT_OF_CURL(curl_easy_init);
FANOUT_OF_CURL(curl_easy_perform);
FANOUT_OF_CURL(curl_easy_setopt);
FANOUT_OF_CURL(curl_easy_strerror);
FANOUT_OF_CURL(curl_free);
FANOUT_OF_CURL(curl_global_init);
FANOUT_OF_CURL(curl_multi_add_handle);
FANOUT_OF_CURL(curl_multi_cleanup);
FANOUT_OF_CURL(curl_multi_info_read);
FANOUT_OF_CURL(curl_multi_init);
FANOUT_OF_CURL(curl_multi_remove_handle);
FANOUT_OF_CURL(curl_multi_setopt);
FANOUT_OF_CURL(curl_multi_socket_action);
FANOUT_OF_CURL(curl_multi_strerror);
FANOUT_OF_CURL(curl_slist_append);
FANOUT_OF_CURL(curl_slist_free_all);
FANOUT_OF_CURL(curl_url);
FANOUT_OF_CURL(curl_url_cleanup);
FANOUT_OF_CURL(curl_url_get);
FANOUT_OF_CURL(curl_url_set);
#undef FANOUT_OF_CURL

}  // namespace fanout
