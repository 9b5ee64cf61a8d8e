/*-------------------------------------------------------------------------
 *
 * fault.c
 *	  Faults at a chosen call of malloc: for want of memory, or a cancel.
 *
 * Preloaded into a server (LD_PRELOAD) it takes the place of malloc; as a
 * module of the same server it gives SQL the functions that arm it and count
 * memory.  Where a fault strikes is counted, not timed, and so can be repeated.
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#include "postgres.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>

#include "fmgr.h"
#include "utils/builtins.h"

PG_MODULE_MAGIC;
PG_FUNCTION_INFO_V1(fault_arm);
PG_FUNCTION_INFO_V1(fault_memory);

/* glibc's own */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

/* AddressSanitizer's, whose free() it is in a program that is built with it */
extern void *__interceptor_malloc(size_t size) __attribute__((weak));
extern void *__interceptor_calloc(size_t n, size_t size) __attribute__((weak));
extern void *__interceptor_realloc(void *old, size_t size) __attribute__((weak));
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static int64 calls;				/* since armed */
static int64 strike_at;			/* 0 = not armed */
static bool cancels;			/* else memory is out */
static uintptr_t exempt_from;	/* the code of CRoaring */
static uintptr_t exempt_past;

/*
 * Does PostgreSQL read the SET clauses of a function?  Up to version 15 it ends the
 * session when memory is out there.
 */
static bool
ends_session(void)
{
	void	   *frames[8];
	int			n = backtrace(frames, lengthof(frames));
	Dl_info		info;

	for (int i = 0; i < n; i++)
		if (dladdr(frames[i], &info) && info.dli_sname != NULL &&
			strcmp(info.dli_sname, "ParseLongOption") == 0)
			return true;
	return false;
}

/*
 * Count a call; true if it is to fail.
 *
 * CRoaring does not look at what malloc returns.  src/base/bitmap.c asks for memory
 * before it calls it, so that is where it may be out.
 */
static bool
strikes(void *caller)
{
	if (strike_at == 0 ||
		((uintptr_t) caller >= exempt_from && (uintptr_t) caller < exempt_past))
		return false;
	if (++calls != strike_at)
		return false;
	if (!cancels && ends_session())
	{
		strike_at++;
		return false;
	}
	if (cancels)
		raise(SIGINT);
	else
		errno = ENOMEM;
	return !cancels;
}

void *
malloc(size_t size)
{
	if (strikes(__builtin_return_address(0)))
		return NULL;
	return __interceptor_malloc ? __interceptor_malloc(size) : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	if (strikes(__builtin_return_address(0)))
		return NULL;
	return __interceptor_calloc ? __interceptor_calloc(n, size) : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	if (strikes(__builtin_return_address(0)))
		return NULL;
	return __interceptor_realloc ? __interceptor_realloc(old, size) : __libc_realloc(old, size);
}

static int
find_roaring(struct dl_phdr_info *info, size_t size, void *arg)
{
	if (strstr(info->dlpi_name, "libroaring") == NULL)
		return 0;
	exempt_from = exempt_past = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++)
		exempt_past = Max(exempt_past, info->dlpi_addr + info->dlpi_phdr[i].p_vaddr +
						  info->dlpi_phdr[i].p_memsz);
	return 1;
}

/*
 * fault_arm(kind text, at bigint) RETURNS bigint: strike at that call, once;
 * "cancel" cancels the statement, anything else lets the call fail; 0 = never.
 * Returns how many calls there were since it was armed last.
 */
Datum
fault_arm(PG_FUNCTION_ARGS)
{
	int64		before = calls;

	dl_iterate_phdr(find_roaring, NULL);
	/* what it loads for the first time, it loads now */
	(void) ends_session();
	cancels = strcmp(text_to_cstring(PG_GETARG_TEXT_PP(0)), "cancel") == 0;
	calls = 0;
	strike_at = PG_GETARG_INT64(1);
	PG_RETURN_INT64(before);
}

/* fault_memory() RETURNS bigint: kB that malloc gave and did not get back. */
Datum
fault_memory(PG_FUNCTION_ARGS)
{
	struct mallinfo2 info = mallinfo2();

	if (__sanitizer_get_current_allocated_bytes)
		PG_RETURN_INT64((int64) (__sanitizer_get_current_allocated_bytes() / 1024));
	PG_RETURN_INT64((int64) ((info.uordblks + info.hblkhd) / 1024));
}
