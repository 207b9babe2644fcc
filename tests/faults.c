/* Makes the N-th call of a kind fail, or ends the process at it. For LD_PRELOAD; compiled by the tests that use it.
 *
 *   FAULT_AT    which call, from 1, counted over all threads
 *   FAULT_OP    read, write (all that changes a file or a folder but sync) or sync; change is write and sync
 *   FAULT_DO    kill, or the number of an error
 *   FAULT_STICKY  every call behind it too
 *   FAULT_COUNT a file that gets the number of calls at the end, where none was to fail
 *
 * Standard streams are left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OP_READ = 1, OP_WRITE = 2, OP_SYNC = 4 };

static atomic_long calls;
static long fault_at;
static int fault_ops, fault_sticky, fault_error;

static long number(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *op = getenv("FAULT_OP"), *what = getenv("FAULT_DO");
    if (!op) return;
    fault_ops = !strcmp(op, "read") ? OP_READ : !strcmp(op, "write") ? OP_WRITE : !strcmp(op, "sync") ? OP_SYNC
              : OP_WRITE | OP_SYNC;
    fault_at = number("FAULT_AT");
    fault_sticky = number("FAULT_STICKY") != 0;
    fault_error = what && strcmp(what, "kill") ? atoi(what) : 0;
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("FAULT_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    fault_ops = 0;
    if (file) {
        fprintf(file, "%ld\n", atomic_load(&calls));
        fclose(file);
    }
}

/* Whether this call is to fail. */
static int fails(int op) {
    if (!(fault_ops & op)) return 0;
    long call = atomic_fetch_add(&calls, 1) + 1;
    if (!fault_at || call < fault_at || (call > fault_at && !fault_sticky)) return 0;
    if (!fault_error) kill(getpid(), SIGKILL);
    errno = fault_error;
    return 1;
}

static int standard(int fd) {
    struct stat status;
    return fd <= 2 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode);
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

ssize_t read(int fd, void *bytes, size_t count) {
    REAL(ssize_t, read, int, void *, size_t);
    return !standard(fd) && fails(OP_READ) ? -1 : real(fd, bytes, count);
}
ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
    REAL(ssize_t, pread64, int, void *, size_t, off64_t);
    return !standard(fd) && fails(OP_READ) ? -1 : real(fd, bytes, count, at);
}
ssize_t pread(int fd, void *bytes, size_t count, off_t at) {
    REAL(ssize_t, pread, int, void *, size_t, off_t);
    return !standard(fd) && fails(OP_READ) ? -1 : real(fd, bytes, count, at);
}
ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(ssize_t, write, int, const void *, size_t);
    return !standard(fd) && fails(OP_WRITE) ? -1 : real(fd, bytes, count);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    return !standard(fd) && fails(OP_WRITE) ? -1 : real(fd, bytes, count, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    return !standard(fd) && fails(OP_WRITE) ? -1 : real(fd, bytes, count, at);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    return !standard(fd) && fails(OP_WRITE) ? -1 : real(fd, parts, count);
}
int ftruncate64(int fd, off64_t length) {
    REAL(int, ftruncate64, int, off64_t);
    return fails(OP_WRITE) ? -1 : real(fd, length);
}
int ftruncate(int fd, off_t length) {
    REAL(int, ftruncate, int, off_t);
    return fails(OP_WRITE) ? -1 : real(fd, length);
}
int unlink(const char *path) {
    REAL(int, unlink, const char *);
    return fails(OP_WRITE) ? -1 : real(path);
}
int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    return fails(OP_WRITE) ? -1 : real(from, to);
}
int linkat(int from, const char *path, int to, const char *name, int flags) {
    REAL(int, linkat, int, const char *, int, const char *, int);
    return fails(OP_WRITE) ? -1 : real(from, path, to, name, flags);
}
int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    return fails(OP_WRITE) ? -1 : real(path, mode);
}
int open64(const char *path, int flags, ...) {
    REAL(int, open64, const char *, int, ...);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return flags & O_CREAT && fails(OP_WRITE) ? -1 : real(path, flags, mode);
}
int open(const char *path, int flags, ...) {
    REAL(int, open, const char *, int, ...);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return flags & O_CREAT && fails(OP_WRITE) ? -1 : real(path, flags, mode);
}
int fsync(int fd) {
    REAL(int, fsync, int);
    return fails(OP_SYNC) ? -1 : real(fd);
}
int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    return fails(OP_SYNC) ? -1 : real(fd);
}
