// Opens the bridge to libtorch once, on first use, so that programs start without it.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "ctorch.h"

#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __APPLE__
#define BRIDGE_NAME "libCTorchBridge.dylib"
#else
#define BRIDGE_NAME "libCTorchBridge.so"
#endif

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const ctorch_functions *functions = NULL;
static char failure[4096];

static const ctorch_functions *checked(void *symbol, char *reason, size_t capacity) {
  ctorch_entry entry = NULL;
  memcpy(&entry, &symbol, sizeof entry);
  const ctorch_functions *table = entry();
  if (table->version == CTORCH_VERSION) return table;
  snprintf(
      reason, capacity, "the bridge speaks version %u of the interface, version %u was expected",
      table->version, (unsigned)CTORCH_VERSION);
  return NULL;
}

const ctorch_functions *ctorch_open_file(const char *path, char *reason, size_t capacity) {
  // With spinning barriers libtorch becomes many times slower as soon as another process uses a
  // core. The OpenMP runtime reads this when it is loaded; a value the user chose is kept.
  setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *text = dlerror();
    snprintf(reason, capacity, "%s", text ? text : path);
    return NULL;
  }
  void *symbol = dlsym(library, CTORCH_ENTRY);
  if (symbol) return checked(symbol, reason, capacity);
  snprintf(reason, capacity, "%s: it exports no " CTORCH_ENTRY, path);
  return NULL;
}

/// Tries the bridge in `directory` and in the `lib` folder beside it, where such files exist.
/// Returns whether a file was found, even if it could not be opened.
static int found_beside(const char *directory, char *reason, size_t capacity) {
  static const char *const places[] = {"%s/" BRIDGE_NAME, "%s/../lib/" BRIDGE_NAME};
  for (size_t place = 0; place < sizeof places / sizeof *places; place++) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, places[place], directory);
    if (length < 0 || (size_t)length >= sizeof path || access(path, F_OK) != 0) continue;
    functions = ctorch_open_file(path, reason, capacity);
    return 1;
  }
  return 0;
}

static void search(char *reason, size_t capacity) {
  void *loaded = dlsym(RTLD_DEFAULT, CTORCH_ENTRY);
  if (loaded) {
    functions = checked(loaded, reason, capacity);
    return;
  }
  const char *chosen = getenv("BONSAI_TORCH_BRIDGE");
  if (chosen && *chosen) {
    functions = ctorch_open_file(chosen, reason, capacity);
    return;
  }
  char path[PATH_MAX];
  Dl_info self;
  if (dladdr((const void *)&functions, &self) && self.dli_fname && strchr(self.dli_fname, '/') &&
      realpath(self.dli_fname, path) && found_beside(dirname(path), reason, capacity))
    return;
#ifdef __linux__
  // A program found through PATH is known to dladdr by its bare name only.
  if (realpath("/proc/self/exe", path) && found_beside(dirname(path), reason, capacity)) return;
#endif
  functions = ctorch_open_file(BRIDGE_NAME, reason, capacity);
}

static void open_once(void) {
  char reason[2048] = "";
  search(reason, sizeof reason);
  if (functions) return;
  snprintf(
      failure, sizeof failure,
      "the tensor engine could not be opened: %s. Run `make setup` to fetch libtorch and build "
      "again, or set BONSAI_TORCH_BRIDGE to the full path of " BRIDGE_NAME ".",
      reason);
}

const ctorch_functions *ctorch_open(const char **reason) {
  pthread_once(&once, open_once);
  if (!functions && reason) *reason = failure;
  return functions;
}
