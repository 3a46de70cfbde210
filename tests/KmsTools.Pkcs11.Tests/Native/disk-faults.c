/*
 * Preloaded into a process: makes one call on the files of a folder go wrong, as a disk does. The process arms it with the number of the
 * call, counted from then on, and the kind of fault. A loss of power keeps what was synced and, of what was written since, whatever the
 * seed says, in any order and in pieces of 512 bytes; then it ends the process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define SECTOR 512
#define FULL_CALLS 12
#define SYNC_CALLS 3

enum fault { NOTHING, IO_ERROR, DISK_FULL, INTERRUPTED, SHORT_WRITE, TORN_WRITE, SYNC_FAILS, DELAYED, POWER_LOSS };
enum call { WRITE, SYNC, CUT, NAME };

struct piece {
    off_t offset;
    size_t length;
    unsigned char *data; /* NULL: the file was cut or extended to the offset. */
    struct piece *next;
};

struct file {
    dev_t device;
    ino_t number;
    char path[4096];
    unsigned char *base;
    off_t size;
    struct piece *first;
    struct piece **last;
    struct file *next;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;
static long count;
static long position;
static long remaining;
static enum fault kind;
static unsigned int seed;
static char folder[4096];

EXPORT void disk_faults_arm(const char *path, long call, int fault, unsigned int random)
{
    pthread_mutex_lock(&gate);
    snprintf(folder, sizeof folder, "%s/", path);
    count = 0;
    position = call;
    kind = (enum fault)fault;
    seed = random;
    remaining = fault == DISK_FULL ? FULL_CALLS : fault == SYNC_FAILS ? SYNC_CALLS : 1;
    pthread_mutex_unlock(&gate);
}

/* Disarms it. Returns the number of calls since it was armed. */
EXPORT long disk_faults_end(void)
{
    pthread_mutex_lock(&gate);
    folder[0] = 0;
    long calls = count;
    pthread_mutex_unlock(&gate);
    return calls;
}

static int is_ours(const char *path)
{
    return folder[0] && strncmp(path, folder, strlen(folder)) == 0;
}

static int path_of(int fd, char path[4096])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    path[length < 0 ? 0 : length] = 0;
    return is_ours(path);
}

static struct file *find(const struct stat *status)
{
    struct file *file = files;
    while (file && (file->number != status->st_ino || file->device != status->st_dev))
        file = file->next;
    return file;
}

static void forget(const struct stat *status)
{
    for (struct file **link = &files; *link; link = &(*link)->next) {
        struct file *file = *link;
        if (file->number != status->st_ino || file->device != status->st_dev)
            continue;
        *link = file->next;
        while (file->first) {
            struct piece *piece = file->first;
            file->first = piece->next;
            free(piece->data);
            free(piece);
        }
        free(file->base);
        free(file);
        return;
    }
}

/* Keeps the synced content of a file before it is changed for the first time, and each change. The memory of SQLite is no file. */
static void note(int fd, const char *path, off_t offset, const void *data, size_t length)
{
    struct stat status;
    size_t end = strlen(path);
    if (kind != POWER_LOSS || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || (end > 4 && strcmp(path + end - 4, "-shm") == 0))
        return;
    struct file *file = find(&status);
    if (!file) {
        unsigned char *base = malloc(status.st_size + 1);
        if (pread(fd, base, status.st_size, 0) != status.st_size) {
            free(base);
            return;
        }
        file = calloc(1, sizeof *file);
        file->device = status.st_dev;
        file->number = status.st_ino;
        file->base = base;
        file->size = status.st_size;
        file->last = &file->first;
        file->next = files;
        strcpy(file->path, path);
        files = file;
    }
    struct piece *piece = calloc(1, sizeof *piece);
    piece->offset = offset;
    piece->length = length;
    if (data)
        piece->data = memcpy(malloc(length + 1), data, length);
    *file->last = piece;
    file->last = &piece->next;
}

static void put(int fd, const struct piece *piece)
{
    int how = rand_r(&seed) % 4;
    if (!piece->data) {
        if (how < 2 && ftruncate(fd, piece->offset) != 0)
            perror("disk-faults");
        return;
    }
    for (size_t at = 0; at < piece->length && how != 2; at += SECTOR) {
        size_t length = piece->length - at < SECTOR ? piece->length - at : SECTOR;
        if ((how < 2 || rand_r(&seed) % 2) && syscall(SYS_pwrite64, fd, piece->data + at, length, piece->offset + (off_t)at) < 0)
            perror("disk-faults");
    }
}

static void lose_power(void)
{
    for (struct file *file = files; file; file = file->next) {
        struct stat status;
        int fd = (int)syscall(SYS_openat, AT_FDCWD, file->path, O_WRONLY | O_CLOEXEC, 0);
        if (fd < 0 || fstat(fd, &status) != 0 || status.st_ino != file->number)
            continue;
        struct piece whole = { 0, (size_t)file->size, file->base, NULL };
        if (syscall(SYS_ftruncate, fd, 0) != 0 || syscall(SYS_pwrite64, fd, whole.data, whole.length, 0) < 0)
            perror("disk-faults");
        for (struct piece *piece = file->first; piece; piece = piece->next)
            put(fd, piece);
    }
    _exit(9);
}

/* What happens to this call. The caller has the gate. */
static enum fault next(enum call call)
{
    if (++count < position || position == 0 || remaining == 0)
        return NOTHING;
    if (kind == POWER_LOSS)
        lose_power();
    if ((kind == SYNC_FAILS && call != SYNC) || ((kind == SHORT_WRITE || kind == TORN_WRITE) && call != WRITE))
        return NOTHING;
    remaining--;
    return kind;
}

/* Whether a call without bytes fails, and how. */
static int fails(enum fault fault)
{
    errno = fault == DISK_FULL ? ENOSPC : fault == INTERRUPTED ? EINTR : EIO;
    return fault != NOTHING && fault != DELAYED && fault != SHORT_WRITE && fault != TORN_WRITE;
}

static ssize_t write_at(int fd, const void *data, size_t length, off_t offset)
{
    char path[4096];
    if (!path_of(fd, path))
        return syscall(SYS_pwrite64, fd, data, length, offset);
    pthread_mutex_lock(&gate);
    enum fault fault = next(WRITE);
    size_t written = (fault == SHORT_WRITE || fault == TORN_WRITE) && length > 1 ? length / 2 : length;
    ssize_t result = -1;
    if (!fails(fault)) {
        note(fd, path, offset, data, written);
        result = syscall(SYS_pwrite64, fd, data, written, offset);
        if (fault == TORN_WRITE) {
            errno = EIO;
            result = -1;
        }
    }
    pthread_mutex_unlock(&gate);
    if (fault == DELAYED)
        usleep(30000);
    return result;
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
    return write_at(fd, data, length, offset);
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset)
{
    return write_at(fd, data, length, offset);
}

EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int number, off_t offset)
{
    ssize_t all = 0;
    for (int i = 0; i < number; i++) {
        ssize_t written = write_at(fd, parts[i].iov_base, parts[i].iov_len, offset + all);
        if (written < 0)
            return all > 0 ? all : written;
        all += written;
        if ((size_t)written < parts[i].iov_len)
            break;
    }
    return all;
}

EXPORT ssize_t write(int fd, const void *data, size_t length)
{
    char path[4096];
    off_t offset = lseek(fd, 0, SEEK_CUR);
    if (offset < 0 || !path_of(fd, path))
        return syscall(SYS_write, fd, data, length);
    ssize_t written = write_at(fd, data, length, offset);
    if (written > 0)
        lseek(fd, offset + written, SEEK_SET);
    return written;
}

static int sync_file(int fd, long call)
{
    char path[4096];
    struct stat status;
    if (!path_of(fd, path))
        return (int)syscall(call, fd);
    pthread_mutex_lock(&gate);
    enum fault fault = next(SYNC);
    int result = fails(fault) ? -1 : (int)syscall(call, fd);
    if (result == 0 && fstat(fd, &status) == 0)
        forget(&status);
    pthread_mutex_unlock(&gate);
    if (fault == DELAYED)
        usleep(30000);
    return result;
}

EXPORT int fsync(int fd)
{
    return sync_file(fd, SYS_fsync);
}

EXPORT int fdatasync(int fd)
{
    return sync_file(fd, SYS_fdatasync);
}

static int cut(int fd, off_t length)
{
    char path[4096];
    if (!path_of(fd, path))
        return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&gate);
    int result = -1;
    if (!fails(next(CUT))) {
        note(fd, path, length, NULL, 0);
        result = (int)syscall(SYS_ftruncate, fd, length);
    }
    pthread_mutex_unlock(&gate);
    return result;
}

EXPORT int ftruncate(int fd, off_t length)
{
    return cut(fd, length);
}

EXPORT int ftruncate64(int fd, off64_t length)
{
    return cut(fd, length);
}

static int open_file(const char *path, int flags, mode_t mode)
{
    if ((flags & O_CREAT) && is_ours(path)) {
        pthread_mutex_lock(&gate);
        int failed = fails(next(NAME));
        pthread_mutex_unlock(&gate);
        if (failed)
            return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return open_file(path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return open_file(path, flags, mode);
}

EXPORT int rename(const char *from, const char *to)
{
    if (is_ours(to)) {
        pthread_mutex_lock(&gate);
        int failed = fails(next(NAME));
        pthread_mutex_unlock(&gate);
        if (failed)
            return -1;
    }
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int link(const char *from, const char *to)
{
    if (is_ours(to)) {
        pthread_mutex_lock(&gate);
        int failed = fails(next(NAME));
        pthread_mutex_unlock(&gate);
        if (failed)
            return -1;
    }
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* The number of a file that is gone may become that of another one. */
EXPORT int unlink(const char *path)
{
    struct stat status;
    pthread_mutex_lock(&gate);
    if (is_ours(path) && stat(path, &status) == 0 && status.st_nlink == 1)
        forget(&status);
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    pthread_mutex_unlock(&gate);
    return result;
}
