/* Lets each sync of a file take SYNC_MS milliseconds longer, as on a slower disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int later(int result) {
    const char *text = getenv("SYNC_MS");
    long ms = text ? atol(text) : 0;
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left)) {}
    return result;
}

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name)

int fsync(int fd) { NEXT(fsync); return later(next(fd)); }
int fdatasync(int fd) { NEXT(fdatasync); return later(next(fd)); }
