/*-------------------------------------------------------------------------
 *
 * full.c
 *	  A disk that is full, for files of a server whose names contain a word.
 *
 * Preloaded (LD_PRELOAD) it takes the place of the calls by which PostgreSQL
 * writes and lengthens files.  The word stands in the file that FULL_DISK names;
 * while there is none, or it is empty, all disks have room.  Needs no mount and
 * no root.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Is there no room for the file? */
static int
is_full(int fd)
{
	char		word[256];
	char		name[4096];
	char		link[64];
	const char *path = getenv("FULL_DISK");
	int			errno_before = errno;
	int			disk = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t		length = disk < 0 ? 0 : read(disk, word, sizeof(word) - 1);
	ssize_t		name_length;

	if (disk >= 0)
		close(disk);
	errno = errno_before;
	if (length <= 0)
		return 0;
	word[length] = '\0';
	word[strcspn(word, "\n")] = '\0';
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	name_length = readlink(link, name, sizeof(name) - 1);
	errno = errno_before;
	if (name_length <= 0)
		return 0;
	name[name_length] = '\0';
	return strstr(name, word) != NULL;
}

/* a call that fails while the disk is full */
#define DISK_CALL(type, failure, name, parameters, arguments) \
type \
name parameters \
{ \
	static type (*real) parameters; \
	if (real == NULL) \
		real = (type (*) parameters) dlsym(RTLD_NEXT, #name); \
	if (is_full(fd)) \
		return failure; \
	return real arguments; \
}

/* sets errno, and is what the calls return then */
static ssize_t
no_room(void)
{
	errno = ENOSPC;
	return -1;
}

DISK_CALL(ssize_t, no_room(), write, (int fd, const void *data, size_t n), (fd, data, n))
DISK_CALL(ssize_t, no_room(), pwrite, (int fd, const void *data, size_t n, off_t at), (fd, data, n, at))
DISK_CALL(ssize_t, no_room(), pwrite64, (int fd, const void *data, size_t n, off64_t at), (fd, data, n, at))
DISK_CALL(ssize_t, no_room(), writev, (int fd, const struct iovec *data, int n), (fd, data, n))
DISK_CALL(ssize_t, no_room(), pwritev, (int fd, const struct iovec *data, int n, off_t at), (fd, data, n, at))
DISK_CALL(ssize_t, no_room(), pwritev64, (int fd, const struct iovec *data, int n, off64_t at), (fd, data, n, at))
DISK_CALL(int, ENOSPC, posix_fallocate, (int fd, off_t at, off_t n), (fd, at, n))
DISK_CALL(int, ENOSPC, posix_fallocate64, (int fd, off64_t at, off64_t n), (fd, at, n))
