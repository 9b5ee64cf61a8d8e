/*-------------------------------------------------------------------------
 *
 * bitmap.c
 *	  Sets of user ordinals.
 *
 * Most sets are tiny (the users of one feature on one day), so a set keeps
 * its first members inside its own palloc'd struct and turns to CRoaring when
 * it outgrows that.  Only then does it need a callback on its memory context:
 * CRoaring allocates with malloc and knows nothing of our errors.  So nothing
 * outside of this file calls a CRoaring function that allocates.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/bitmap.h"
#include "base/compat.h"
#include "fmgr.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/* so many members make the struct 128 bytes long */
#define SMALL_MEMBERS	22

/* the portable format, little-endian as CRoaring writes it */
#define COOKIE_PLAIN	12346	/* no run containers */
#define COOKIE_RUNS		12347	/* in the low 16 bits */
#define MAX_CONTAINERS	65536
#define MAX_ARRAY		4096	/* members of an array container */
#define BITSET_BYTES	8192
#define MAX_KEY			0x7FFF	/* ordinals are not negative */
#define OFFSETS_FROM	4		/* so many containers have offsets even where
								 * some are runs */

/* room for what a CRoaring function may allocate, see reserve() */
#define RESERVE			(1024 * 1024)
#define RESERVE_CONTAINER	(3 * BITSET_BYTES)

struct ZgBitmap
{
	roaring_bitmap_t *roaring;	/* NULL: the members are in "members" */
	MemoryContextCallback callback; /* registered once "roaring" was set */
	bool		lazy;			/* "roaring" is amid a series of unions and
								 * has yet to count its members */
	uint32		nmembers;
	uint32		members[SMALL_MEMBERS]; /* ascending; of a large set: waiting
										 * to be added, in any order */
};

/* where we are in a serialised set */
typedef struct Reader
{
	const char *start;
	const char *next;
	size_t		left;
} Reader;

/* what check_serialized found */
typedef struct Serialized
{
	const char *data;
	size_t		size;
	uint64		cardinality;
	uint32		ncontainers;
	uint32		members[SMALL_MEMBERS]; /* all, if there are so few */
} Serialized;

static void
free_roaring(void *arg)
{
	ZgBitmap   *bitmap = arg;

	if (bitmap->roaring != NULL)
		roaring_bitmap_free(bitmap->roaring);
	bitmap->roaring = NULL;
}

static void
report_no_memory(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("out of memory"),
			 errdetail("Could not allocate a set of users.")));
}

/* A CRoaring function returned its object, or NULL for want of memory. */
static roaring_bitmap_t *
check_allocated(roaring_bitmap_t *roaring)
{
	if (roaring == NULL)
		report_no_memory();
	return roaring;
}

/*
 * See that the next CRoaring function finds memory.
 *
 * CRoaring does not look at what malloc returns before it writes there.  What
 * a function may need is known from the containers it may make or replace, and
 * what this process could just get it can get again.
 */
static void
reserve(uint32 ncontainers)
{
	void	   *volatile room = malloc(RESERVE + (Size) ncontainers * RESERVE_CONTAINER);

	if (room == NULL)
		report_no_memory();
	free(room);
}

static uint32
ncontainers_of(const ZgBitmap *bitmap)
{
	return bitmap->roaring == NULL ? bitmap->nmembers :
		(uint32) bitmap->roaring->high_low_container.size + bitmap->nmembers;
}

/*
 * Make a small set large, with a CRoaring object that from now on belongs to
 * the memory context of the set.
 */
static void
adopt_roaring(ZgBitmap *bitmap, roaring_bitmap_t *roaring)
{
	Assert(bitmap->roaring == NULL);
	bitmap->roaring = check_allocated(roaring);
	bitmap->callback.func = free_roaring;
	bitmap->callback.arg = bitmap;
	MemoryContextRegisterResetCallback(GetMemoryChunkContext(bitmap),
									   &bitmap->callback);
}

/* A new empty set, freed when the current memory context is reset. */
ZgBitmap *
zg_bitmap_create(void)
{
	ZgBitmap   *bitmap = palloc(sizeof(ZgBitmap));

	bitmap->roaring = NULL;
	bitmap->lazy = false;
	bitmap->callback.func = NULL;
	bitmap->nmembers = 0;
	return bitmap;
}

/*
 * Free a set before its memory context is reset.
 *
 * The struct of a large set is linked into the context's list of callbacks
 * and can go only while it is the first of them; otherwise it stays behind
 * until the reset.
 */
void
zg_bitmap_free(ZgBitmap *bitmap)
{
	MemoryContext context = GetMemoryChunkContext(bitmap);

	free_roaring(bitmap);
	bitmap->nmembers = 0;
	if (bitmap->callback.func != NULL)
	{
		if (context->reset_cbs != &bitmap->callback)
			return;
		context->reset_cbs = bitmap->callback.next;
	}
	pfree(bitmap);
}

/*
 * Add a CRoaring object to a large set, at leisure.
 *
 * The unions of a series of days are several times faster when containers
 * are neither counted nor shrunk in between.
 */
static void
or_lazily(ZgBitmap *into, const roaring_bitmap_t *other)
{
	reserve(ncontainers_of(into) + (uint32) other->high_low_container.size);
	roaring_bitmap_lazy_or_inplace(into->roaring, other, true);
	into->lazy = true;
}

/* Add the members that wait. */
static void
add_waiting(ZgBitmap *bitmap)
{
	reserve(ncontainers_of(bitmap));
	if (bitmap->lazy)
	{
		roaring_bitmap_t *added = check_allocated(roaring_bitmap_of_ptr(bitmap->nmembers,
																		bitmap->members));

		roaring_bitmap_lazy_or_inplace(bitmap->roaring, added, true);
		roaring_bitmap_free(added);
	}
	else
		roaring_bitmap_add_many(bitmap->roaring, bitmap->nmembers, bitmap->members);
	bitmap->nmembers = 0;
}

/*
 * The CRoaring object of a large set with all its members, no longer amid
 * unions; there is memory for one function.
 */
static roaring_bitmap_t *
settled(ZgBitmap *bitmap)
{
	if (bitmap->nmembers > 0)
		add_waiting(bitmap);
	if (bitmap->lazy)
	{
		reserve(ncontainers_of(bitmap));
		roaring_bitmap_repair_after_lazy(bitmap->roaring);
		bitmap->lazy = false;
	}
	return bitmap->roaring;
}

static void
make_large(ZgBitmap *bitmap)
{
	reserve(0);
	adopt_roaring(bitmap, roaring_bitmap_create());
}

static roaring_bitmap_t *
as_roaring(ZgBitmap *bitmap)
{
	if (bitmap->roaring == NULL)
		make_large(bitmap);
	return settled(bitmap);
}

/*
 * The CRoaring object, for reading.
 *
 * Valid until the set is changed or freed.
 */
const roaring_bitmap_t *
zg_bitmap_roaring(ZgBitmap *bitmap)
{
	return as_roaring(bitmap);
}

/* Where a member of a small set is or would be. */
static uint32
small_position(const ZgBitmap *bitmap, uint32 ordinal)
{
	uint32		at = bitmap->nmembers;

	while (at > 0 && bitmap->members[at - 1] >= ordinal)
		at--;
	return at;
}

/* Add one member. */
void
zg_bitmap_add(ZgBitmap *bitmap, uint32 ordinal)
{
	if (bitmap->roaring == NULL)
	{
		uint32		at = small_position(bitmap, ordinal);

		if (at < bitmap->nmembers && bitmap->members[at] == ordinal)
			return;
		if (bitmap->nmembers < SMALL_MEMBERS)
		{
			memmove(&bitmap->members[at + 1], &bitmap->members[at],
					(bitmap->nmembers - at) * sizeof(uint32));
			bitmap->members[at] = ordinal;
			bitmap->nmembers++;
			return;
		}
		make_large(bitmap);
	}
	if (bitmap->nmembers == SMALL_MEMBERS)
		add_waiting(bitmap);
	bitmap->members[bitmap->nmembers++] = ordinal;
}

/* Is it a member? */
bool
zg_bitmap_contains(ZgBitmap *bitmap, uint32 ordinal)
{
	uint32		at;

	if (bitmap->roaring != NULL)
		return roaring_bitmap_contains(settled(bitmap), ordinal);
	at = small_position(bitmap, ordinal);
	return at < bitmap->nmembers && bitmap->members[at] == ordinal;
}

/* The number of members. */
uint64
zg_bitmap_count(ZgBitmap *bitmap)
{
	if (bitmap->roaring != NULL)
		return roaring_bitmap_get_cardinality(settled(bitmap));
	return bitmap->nmembers;
}

/* Add all members of another set. */
void
zg_bitmap_or(ZgBitmap *into, ZgBitmap *other)
{
	Assert(into != other);
	if (other->roaring == NULL)
		for (uint32 i = 0; i < other->nmembers; i++)
			zg_bitmap_add(into, other->members[i]);
	else if (into->roaring == NULL)
	{
		settled(other);
		reserve(ncontainers_of(other));
		adopt_roaring(into, roaring_bitmap_copy(other->roaring));
	}
	else
		or_lazily(into, settled(other));
}

/* Keep only the members that another set has as well. */
void
zg_bitmap_and(ZgBitmap *into, ZgBitmap *other)
{
	uint32		nmembers = 0;

	if (into->roaring != NULL)
	{
		const roaring_bitmap_t *others = as_roaring(other);

		settled(into);
		reserve(ncontainers_of(into));
		roaring_bitmap_and_inplace(into->roaring, others);
		return;
	}
	for (uint32 i = 0; i < into->nmembers; i++)
		if (zg_bitmap_contains(other, into->members[i]))
			into->members[nmembers++] = into->members[i];
	into->nmembers = nmembers;
}

/* Remove the members that another set has. */
void
zg_bitmap_andnot(ZgBitmap *into, ZgBitmap *other)
{
	const roaring_bitmap_t *others = as_roaring(other);

	as_roaring(into);
	reserve(ncontainers_of(into));
	roaring_bitmap_andnot_inplace(into->roaring, others);
}

/* Of the numbers below a limit keep those that were not members. */
void
zg_bitmap_complement(ZgBitmap *bitmap, uint32 limit)
{
	as_roaring(bitmap);
	reserve(ncontainers_of(bitmap) + (limit >> 16) + 1);
	roaring_bitmap_flip_inplace(bitmap->roaring, 0, limit);
}

/* The number of members that two sets share. */
uint64
zg_bitmap_and_count(ZgBitmap *a, ZgBitmap *b)
{
	ZgBitmap   *small = a->roaring == NULL ? a : b;
	ZgBitmap   *other = small == a ? b : a;
	uint64		count = 0;

	if (small->roaring != NULL)
		return roaring_bitmap_and_cardinality(settled(small), settled(other));
	for (uint32 i = 0; i < small->nmembers; i++)
		count += zg_bitmap_contains(other, small->members[i]);
	return count;
}

/* The containers of a small set: runs of members with equal high halves. */
static uint32
count_containers(const uint32 *members, uint32 nmembers)
{
	uint32		ncontainers = 0;

	for (uint32 i = 0; i < nmembers; i++)
		if (i == 0 || members[i] >> 16 != members[i - 1] >> 16)
			ncontainers++;
	return ncontainers;
}

/* Write a few members as array containers. */
static bytea *
serialize_members(const uint32 *members, uint32 nmembers)
{
	uint32		ncontainers = count_containers(members, nmembers);
	uint32		header = 8 + 8 * ncontainers;
	Size		size = VARHDRSZ + header + 2 * nmembers;
	bytea	   *bytes = palloc(size);
	uint32	   *word = (uint32 *) VARDATA(bytes);
	uint16	   *key = (uint16 *) (word + 2);
	uint32	   *offset = word + 2 + ncontainers;
	uint16	   *low = (uint16 *) (offset + ncontainers);

	SET_VARSIZE(bytes, size);
	word[0] = COOKIE_PLAIN;
	word[1] = ncontainers;
	for (uint32 i = 0; i < nmembers;)
	{
		uint32		first = i;

		while (i < nmembers && members[i] >> 16 == members[first] >> 16)
			*low++ = (uint16) members[i++];
		*key++ = (uint16) (members[first] >> 16);
		*key++ = (uint16) (i - first - 1);
		*offset++ = header + 2 * first;
	}
	return bytes;
}

/*
 * The members in ascending order, palloc'd.
 *
 * Releases of CRoaring do not agree on the names of its iterators.
 */
uint32 *
zg_bitmap_members(ZgBitmap *bitmap, uint64 *nmembers)
{
	uint32	   *members;

	*nmembers = zg_bitmap_count(bitmap);
	members = palloc_extended(*nmembers * sizeof(uint32), MCXT_ALLOC_HUGE);
	if (bitmap->roaring == NULL)
		memcpy(members, bitmap->members, *nmembers * sizeof(uint32));
	else
		roaring_bitmap_to_uint32_array(bitmap->roaring, members);
	return members;
}

/* Serialise to the portable format, palloc'd. */
bytea *
zg_bitmap_serialize(ZgBitmap *bitmap)
{
	Size		size;
	bytea	   *bytes;

	if (bitmap->roaring == NULL)
		return serialize_members(bitmap->members, bitmap->nmembers);
	if (zg_bitmap_count(bitmap) <= SMALL_MEMBERS)
	{
		uint32		members[SMALL_MEMBERS];

		roaring_bitmap_to_uint32_array(bitmap->roaring, members);
		return serialize_members(members, (uint32) zg_bitmap_count(bitmap));
	}
	reserve(ncontainers_of(bitmap));
	roaring_bitmap_run_optimize(bitmap->roaring);
	size = roaring_bitmap_portable_size_in_bytes(bitmap->roaring);
	bytes = palloc(VARHDRSZ + size);
	SET_VARSIZE(bytes, VARHDRSZ + size);
	roaring_bitmap_portable_serialize(bitmap->roaring, VARDATA(bytes));
	return bytes;
}

static void
report_damage(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored set of users is damaged"),
			 errdetail_internal("%s", detail),
			 errhint("TRUNCATE gold_state.slice and SELECT * FROM zoom_gold.refresh(true).")));
}

/* The next bytes of a serialised set. */
static const char *
take_bytes(Reader *reader, size_t nbytes)
{
	const char *bytes = reader->next;

	if (nbytes > reader->left)
		report_damage("It ends too early.");
	reader->next += nbytes;
	reader->left -= nbytes;
	return bytes;
}

static inline uint16
uint16_at(const char *bytes, uint32 i)
{
	uint16		value;

	memcpy(&value, bytes + 2 * i, sizeof(value));
	return value;
}

static inline uint32
uint32_at(const char *bytes, uint32 i)
{
	uint32		value;

	memcpy(&value, bytes + 4 * i, sizeof(value));
	return value;
}

/*
 * Check an array container; copy its members to "members" unless that is
 * NULL.
 */
static void
check_array(Reader *reader, uint32 high, uint32 cardinality, uint32 *members)
{
	const char *lows = take_bytes(reader, 2 * cardinality);

	for (uint32 i = 1; i < cardinality; i++)
		if (uint16_at(lows, i) <= uint16_at(lows, i - 1))
			report_damage("The members of an array are out of order.");
	for (uint32 i = 0; members != NULL && i < cardinality; i++)
		members[i] = high | uint16_at(lows, i);
}

/* The same for a run container: pairs of first member and length - 1. */
static void
check_runs(Reader *reader, uint32 high, uint32 cardinality, uint32 *members)
{
	uint32		nruns = uint16_at(take_bytes(reader, 2), 0);
	const char *runs = take_bytes(reader, 4 * nruns);
	uint32		past = 0;
	uint32		total = 0;

	for (uint32 i = 0; i < nruns; i++)
	{
		uint32		first = uint16_at(runs, 2 * i);

		if (i > 0 && first <= past)
			report_damage("The runs of a container are out of order.");
		past = first + uint16_at(runs, 2 * i + 1) + 1;
		if (past > 65536)
			report_damage("A run leaves its container.");
		total += past - first;
		if (total > cardinality)
			break;
		for (uint32 low = first; members != NULL && low < past; low++)
			*members++ = high | low;
	}
	if (total != cardinality)
		report_damage("A run container has another number of members than it says.");
}

static void
check_bitset(Reader *reader, uint32 cardinality)
{
	const char *words = take_bytes(reader, BITSET_BYTES);

	if (pg_popcount(words, BITSET_BYTES) != cardinality)
		report_damage("A bitset has another number of members than it says.");
}

/* The header: how many containers, which of them are runs, their keys. */
static uint32
read_header(Reader *reader, const char **runs, const char **keys,
			const char **offsets)
{
	uint32		cookie = uint32_at(take_bytes(reader, 4), 0);
	uint32		ncontainers;

	*runs = NULL;
	if (cookie == COOKIE_PLAIN)
	{
		ncontainers = uint32_at(take_bytes(reader, 4), 0);
		if (ncontainers > MAX_CONTAINERS)
			report_damage("It has too many containers.");
	}
	else if ((cookie & 0xFFFF) == COOKIE_RUNS)
	{
		ncontainers = (cookie >> 16) + 1;
		*runs = take_bytes(reader, (ncontainers + 7) / 8);
	}
	else
	{
		report_damage("It does not begin as such a set does.");
		pg_unreachable();
	}
	*keys = take_bytes(reader, 4 * ncontainers);
	*offsets = NULL;
	if (*runs == NULL || ncontainers >= OFFSETS_FROM)
		*offsets = take_bytes(reader, 4 * ncontainers);
	return ncontainers;
}

/*
 * Check every byte of a serialised set.
 *
 * CRoaring 0.2.66 checks no more than that it stays inside the buffer, and
 * its set operations write out of bounds where the contents lie.
 */
static void
check_serialized(Serialized *serialized, const bytea *bytes)
{
	Reader		reader;
	const char *runs;
	const char *keys;
	const char *offsets;
	uint32		ncontainers;
	uint32	   *members = serialized->members;

	serialized->data = reader.start = reader.next = VARDATA_ANY(bytes);
	serialized->size = reader.left = VARSIZE_ANY_EXHDR(bytes);
	serialized->cardinality = 0;
	ncontainers = serialized->ncontainers = read_header(&reader, &runs, &keys, &offsets);
	for (uint32 i = 0; i < ncontainers; i++)
		serialized->cardinality += uint16_at(keys, 2 * i + 1) + 1;
	if (serialized->cardinality > SMALL_MEMBERS)
		members = NULL;
	for (uint32 i = 0; i < ncontainers; i++)
	{
		uint32		high = (uint32) uint16_at(keys, 2 * i) << 16;
		uint32		cardinality = uint16_at(keys, 2 * i + 1) + 1;

		if (i > 0 && uint16_at(keys, 2 * i) <= uint16_at(keys, 2 * i - 2))
			report_damage("Its containers are out of order.");
		if (uint16_at(keys, 2 * i) > MAX_KEY)
			report_damage("It names a user whom there cannot be.");
		if (offsets != NULL &&
			uint32_at(offsets, i) != (size_t) (reader.next - reader.start))
			report_damage("A container is not where it should be.");
		if (runs != NULL && (runs[i / 8] & (1 << (i % 8))) != 0)
			check_runs(&reader, high, cardinality, members);
		else if (cardinality <= MAX_ARRAY)
			check_array(&reader, high, cardinality, members);
		else
			check_bitset(&reader, cardinality);
		if (members != NULL)
			members += cardinality;
	}
	if (reader.left != 0)
		report_damage("It is followed by other bytes.");
}

/* The set of bytes that were checked. */
static roaring_bitmap_t *
deserialize_large(const Serialized *serialized)
{
	reserve(serialized->ncontainers);
	return roaring_bitmap_portable_deserialize_safe(serialized->data, serialized->size);
}

/*
 * Add the members of a stored set.
 *
 * Damaged bytes: ERRCODE_DATA_CORRUPTED.
 */
void
zg_bitmap_or_serialized(ZgBitmap *into, const bytea *bytes)
{
	struct varlena *plain = pg_detoast_datum_packed(unconstify(bytea *, bytes));
	Serialized	serialized;

	check_serialized(&serialized, plain);
	if (serialized.cardinality <= SMALL_MEMBERS)
		for (uint32 i = 0; i < serialized.cardinality; i++)
			zg_bitmap_add(into, serialized.members[i]);
	else if (into->roaring == NULL)
		adopt_roaring(into, deserialize_large(&serialized));
	else
	{
		ZgBitmap   *added = zg_bitmap_create();

		adopt_roaring(added, deserialize_large(&serialized));
		or_lazily(into, added->roaring);
		zg_bitmap_free(added);
	}
	if (plain != bytes)
		pfree(plain);
}

/*
 * Read a stored set.
 *
 * Damaged bytes: ERRCODE_DATA_CORRUPTED.
 */
ZgBitmap *
zg_bitmap_deserialize(const bytea *bytes)
{
	ZgBitmap   *bitmap = zg_bitmap_create();

	zg_bitmap_or_serialized(bitmap, bytes);
	return bitmap;
}

void
zg_bitmap_check_below(ZgBitmap *bitmap, uint32 limit)
{
	uint64		count = zg_bitmap_count(bitmap);
	uint32		last;

	if (count == 0)
		return;
	last = bitmap->roaring != NULL ? roaring_bitmap_maximum(bitmap->roaring) :
		bitmap->members[bitmap->nmembers - 1];
	if (last >= limit)
		report_damage("It names a user whom there is not.");
}
