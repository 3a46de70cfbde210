/*
 * Preloaded into a process: holds or fails the syncs of state.db-wal. In the folder KMSTOOLS_SYNC_GATE, "hold" holds them as long as it is
 * there, "fail" makes them fail, "held" appears when one is held, and "count" gets one byte for each that succeeded.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOG "/state.db-wal"

static int is_log(int fd)
{
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    size_t suffix = strlen(LOG);
    return length > (ssize_t)suffix && memcmp(path + length - suffix, LOG, suffix) == 0;
}

static int exists(const char *gate, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", gate, name);
    return access(path, F_OK) == 0;
}

static void append(const char *gate, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", gate, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0)
    {
        ssize_t written = write(fd, "x", 1);
        (void)written;
        close(fd);
    }
}

static int pass(int fd, long call)
{
    const char *gate = getenv("KMSTOOLS_SYNC_GATE");
    if (gate == NULL || !is_log(fd))
    {
        return (int)syscall(call, fd);
    }

    if (exists(gate, "hold"))
    {
        append(gate, "held");
        while (exists(gate, "hold"))
        {
            usleep(1000);
        }
    }

    if (exists(gate, "fail"))
    {
        errno = EIO;
        return -1;
    }

    int result = (int)syscall(call, fd);
    append(gate, "count");
    return result;
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    return pass(fd, SYS_fdatasync);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    return pass(fd, SYS_fsync);
}
