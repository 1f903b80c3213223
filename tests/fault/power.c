/*
 * Power loss for a process that is later killed: keeps, below POWER_IMAGE, only what the process has synced of the folder
 * POWER_LIVE. The content of a file counts from its last fsync or fdatasync on; a name (made, renamed or removed) from the
 * last fsync of its folder on. Nothing is written to the real disk. The model is stricter than most file systems, which
 * sync more than they promise.
 *
 *   files/KEY     content of the file with this key (inode and birth, so that an inode used again is another file)
 *   folders/KEY   names in the folder with this key, a line each: kind, key, name
 *
 * POWER_PLANT makes syncs ineffective, so that the checker has something to find: `commits` those of SQLite's log (what
 * synchronous=NORMAL leaves out), `files` those of attachments, `names` those of the attachments' folders. While
 * POWER_IMAGE/broken exists, syncs of SQLite's log fail with EIO.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void stop(const char *what) {
    perror(what);
    abort();
}

/* "INODE-SECONDS-NANOSECONDS" of a file below `fd`, or of `fd` itself. */
static int key_of(int fd, const char *name, char *key, size_t size) {
    struct statx s;
    int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);
    if (statx(fd, name, flags, STATX_BASIC_STATS | STATX_BTIME, &s)) return -1;
    int born = (s.stx_mask & STATX_BTIME) != 0;
    snprintf(key, size, "%llu-%lld-%u", (unsigned long long)s.stx_ino, born ? (long long)s.stx_btime.tv_sec : 0,
             born ? s.stx_btime.tv_nsec : 0);
    return S_ISDIR(s.stx_mode) ? 'd' : 'f';
}

static void keep_file(int fd, const char *image, const char *key) {
    char path[PATH_MAX], self[64];
    snprintf(path, sizeof path, "%s/files/%s", image, key);
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    int in = open(self, O_RDONLY | O_CLOEXEC), out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (in < 0 || out < 0) stop("power: a file can't be kept");
    static _Thread_local char piece[1 << 16];
    off_t size = 0;
    for (ssize_t n; (n = pread(in, piece, sizeof piece, size)) != 0; size += n)
        if (n < 0 || pwrite(out, piece, (size_t)n, size) != n) stop("power: a file can't be kept");
    /* Cut last: a kill before it leaves new bytes over old ones, as a disk may. */
    if (ftruncate(out, size)) stop("power: a file can't be kept");
    close(in);
    close(out);
}

static void keep_folder(int fd, const char *image, const char *key) {
    char path[PATH_MAX], fresh[PATH_MAX + 32], self[64], entry_key[96];
    snprintf(path, sizeof path, "%s/folders/%s", image, key);
    snprintf(fresh, sizeof fresh, "%s.%ld", path, syscall(SYS_gettid));
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    DIR *folder = opendir(self);
    FILE *out = fopen(fresh, "we");
    if (!folder || !out) stop("power: a folder can't be kept");
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        int kind = key_of(dirfd(folder), entry->d_name, entry_key, sizeof entry_key);
        if (kind > 0) fprintf(out, "%c %s %s\n", kind, entry_key, entry->d_name);
    }
    closedir(folder);
    if (fclose(out) || rename(fresh, path)) stop("power: a folder can't be kept");
}

static int ends_with(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a >= b && !strcmp(text + a - b, end);
}

static int keep(int fd, long call) {
    const char *live = getenv("POWER_LIVE"), *image = getenv("POWER_IMAGE"), *plant = getenv("POWER_PLANT");
    char self[64], path[PATH_MAX], broken[PATH_MAX], key[96];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(self, path, sizeof path - 1);
    if (!live || !image || length < 0) return (int)syscall(call, fd);
    path[length] = 0;
    size_t root = strlen(live);
    if (strncmp(path, live, root) || (path[root] && path[root] != '/')) return (int)syscall(call, fd);
    const char *below = path + root;
    int kind = key_of(fd, "", key, sizeof key), log = ends_with(below, "-wal");
    if (kind < 0) return -1;
    snprintf(broken, sizeof broken, "%s/broken", image);
    if (log && !access(broken, F_OK)) {
        errno = EIO;
        return -1;
    }
    int attachment = !strncmp(below, "/attachments", 12);
    if (plant && log && !strcmp(plant, "commits")) return 0;
    if (plant && attachment && !strcmp(plant, kind == 'd' ? "names" : "files")) return 0;
    if (kind == 'd') keep_folder(fd, image, key);
    else keep_file(fd, image, key);
    return 0;
}

int fsync(int fd) { return keep(fd, SYS_fsync); }

int fdatasync(int fd) { return keep(fd, SYS_fdatasync); }
