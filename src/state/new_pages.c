/*-------------------------------------------------------------------------
 *
 * new_pages.c
 *	  Appending whole pages to a table.
 *
 * A page that goes through shared buffers is written to the file twice, first
 * as zeros to make room for it, and is locked and logged again and again while
 * it fills.  Here pages are filled in private memory and go to the file and the
 * write-ahead log once, as those of a new index do.  Unlike that, the table
 * is known to others, and a transaction may be rolled back without the file
 * going away.  So:
 *
 * - Blocks are chosen and written under the lock for extending the table.
 * - A page reaches the file after its log record has reached the disk.
 * - No checkpoint begins between log record and file: it would neither replay
 *   the one nor have the other synced.
 *
 * Readers do not look beyond the end that the table had when they began, and
 * rows are not visible to others before the transaction commits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xloginsert.h"
#include "base/compat.h"
#include "catalog/catalog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "state/new_pages.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "storage/proc.h"
#include "storage/smgr.h"
#include "utils/rel.h"

/* what direct I/O asks for */
#define PAGE_ALIGNMENT 4096

struct ZgNewPages
{
	Relation	rel;
	Size		reserved;		/* of each page, by fillfactor */
	int			maxpages;
	int			npages;			/* begun; the last one takes rows */
	int64		nrows;			/* on them */
	Page	   *pages;			/* maxpages of them */
	BlockNumber *blocks;
	char	   *memory;			/* of the pages */
};

/*
 * Logical decoding wants rows, not pages, in the log; without a log the file
 * would have to be synced; with zero_damaged_pages there may be zeros in
 * buffers beyond the end.
 */
bool
zg_new_pages_suit(Relation rel)
{
	return RelationNeedsWAL(rel) && !RelationIsLogicallyLogged(rel) && !zero_damaged_pages;
}

ZgNewPages *
zg_new_pages_begin(Relation rel, int maxpages)
{
	ZgNewPages *pages = palloc0(sizeof(ZgNewPages));

	pages->rel = rel;
	pages->reserved = RelationGetTargetPageFreeSpace(rel, HEAP_DEFAULT_FILLFACTOR);
	pages->maxpages = maxpages;
	pages->pages = palloc(maxpages * sizeof(Page));
	pages->blocks = palloc(maxpages * sizeof(BlockNumber));
	pages->memory = palloc((Size) maxpages * BLCKSZ + PAGE_ALIGNMENT);
	for (int i = 0; i < maxpages; i++)
		pages->pages[i] = (Page) TYPEALIGN(PAGE_ALIGNMENT, pages->memory) + (Size) i * BLCKSZ;
	return pages;
}

/* Make a tuple's header that of a row inserted by this command, as heap_insert does. */
static void
stamp_tuple(Relation rel, HeapTuple tuple)
{
	HeapTupleHeader header = tuple->t_data;

	header->t_infomask &= ~HEAP_XACT_MASK;
	header->t_infomask2 &= ~HEAP2_XACT_MASK;
	header->t_infomask |= HEAP_XMAX_INVALID;
	HeapTupleHeaderSetXmin(header, GetCurrentTransactionId());
	HeapTupleHeaderSetCmin(header, GetCurrentCommandId(true));
	HeapTupleHeaderSetXmax(header, InvalidTransactionId);
	tuple->t_tableOid = RelationGetRelid(rel);
}

/* A page with room for that many bytes. */
static Page
page_with_room(ZgNewPages *pages, Size needed)
{
	Page		page;

	if (pages->npages > 0)
	{
		page = pages->pages[pages->npages - 1];
		if (PageGetHeapFreeSpace(page) >= needed + pages->reserved ||
			PageGetMaxOffsetNumber(page) == 0)
			return page;
	}
	if (pages->npages == pages->maxpages)
		zg_new_pages_write(pages);
	page = pages->pages[pages->npages++];
	PageInit(page, BLCKSZ, 0);
	return page;
}

bool
zg_new_pages_add(ZgNewPages *pages, HeapTuple tuple)
{
	Page		page;

	if (HeapTupleHasExternal(tuple) || tuple->t_len > TOAST_TUPLE_THRESHOLD)
		return false;
	stamp_tuple(pages->rel, tuple);
	page = page_with_room(pages, MAXALIGN(tuple->t_len));
	if (PageAddItem(page, (Item) tuple->t_data, tuple->t_len, InvalidOffsetNumber, false, true) ==
		InvalidOffsetNumber)
		elog(ERROR, "could not add a row to a new page of table \"%s\"",
			 RelationGetRelationName(pages->rel));
	pages->nrows++;
	return true;
}

/* The rows of a page learn where they are. */
static void
place_rows(Page page, BlockNumber block)
{
	OffsetNumber max = PageGetMaxOffsetNumber(page);

	for (OffsetNumber i = FirstOffsetNumber; i <= max; i++)
		ItemPointerSet(&((HeapTupleHeader) PageGetItem(page, PageGetItemId(page, i)))->t_ctid, block, i);
}

/* Log all pages and write them, from the table's end on. */
static void
append_pages(ZgNewPages *pages)
{
	BlockNumber first = RelationGetNumberOfBlocks(pages->rel);

	if (MaxBlockNumber - first < (BlockNumber) pages->npages)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("cannot extend table \"%s\" beyond %u blocks",
						RelationGetRelationName(pages->rel), MaxBlockNumber)));
	for (int i = 0; i < pages->npages; i++)
	{
		pages->blocks[i] = first + i;
		place_rows(pages->pages[i], first + i);
	}
	log_newpages(zg_file_of(pages->rel), MAIN_FORKNUM, pages->npages, pages->blocks, pages->pages, true);
	XLogFlush(PageGetLSN(pages->pages[pages->npages - 1]));
	for (int i = 0; i < pages->npages; i++)
	{
		PageSetChecksumInplace(pages->pages[i], first + i);
		smgrextend(RelationGetSmgr(pages->rel), MAIN_FORKNUM, first + i, pages->pages[i], false);
	}
}

void
zg_new_pages_write(ZgNewPages *pages)
{
	CHECK_FOR_INTERRUPTS();
	if (pages->npages == 0)
		return;
	CheckForSerializableConflictIn(pages->rel, NULL, InvalidBlockNumber);
	LockRelationForExtension(pages->rel, ExclusiveLock);
	Assert((MyProc->delayChkptFlags & DELAY_CHKPT_START) == 0);
	MyProc->delayChkptFlags |= DELAY_CHKPT_START;
	PG_TRY();
	{
		append_pages(pages);
	}
	PG_FINALLY();
	{
		MyProc->delayChkptFlags &= ~DELAY_CHKPT_START;
	}
	PG_END_TRY();
	UnlockRelationForExtension(pages->rel, ExclusiveLock);
	pgstat_count_heap_insert(pages->rel, pages->nrows);
	pages->npages = 0;
	pages->nrows = 0;
}

void
zg_new_pages_end(ZgNewPages *pages)
{
	zg_new_pages_write(pages);
	pfree(pages->memory);
	pfree(pages->blocks);
	pfree(pages->pages);
	pfree(pages);
}
