/*-------------------------------------------------------------------------
 *
 * timeline.c
 *	  From the kept events of a key to what was valid when.
 *
 * The law of succession: at every instant of a life the newest, in the order
 * of versions, of those that have taken effect is in force, so that the
 * newest of all is current in the end.  One that a newer one overtakes before
 * it takes effect was in force at no time.
 *
 * Events are replayed in the order of capture, transaction by transaction,
 * to part the lives of the key, which deletions end, and to learn which rows
 * take effect at another instant than their version timestamp says: rows
 * altered without moving it, and rows of a life whose timestamp is not later
 * than the deletion before it.  Then the law is applied to each life.  The
 * timeline does not depend on how events were batched, nor on the order in
 * which versions with distinct timestamps arrived.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/sort.h"
#include "history/timeline.h"
#include "utils/timestamp.h"

static int
by_tx(const void *a, const void *b)
{
	const ZgEvent *x = a;
	const ZgEvent *y = b;
	int			cmp = zg_compare_int64(x->tx, y->tx);

	return cmp != 0 ? cmp : zg_compare_int64(x->seq, y->seq);
}

/* what goes comes before what comes */
static int
op_order(char op)
{
	return op == 'T' ? 0 : op == 'D' ? 1 : 2;
}

static int
by_capture(const void *a, const void *b)
{
	const ZgEvent *x = a;
	const ZgEvent *y = b;
	int			cmp;

	if ((cmp = zg_compare_int64(x->group_seq, y->group_seq)) != 0 ||
		(cmp = zg_compare_int64(x->tx, y->tx)) != 0 ||
		(cmp = zg_compare_int64(x->seq, y->seq)) != 0 ||
		(cmp = zg_compare_int64(x->n, y->n)) != 0 ||
		(cmp = op_order(x->op) - op_order(y->op)) != 0 ||
		(cmp = zg_compare_versions(x->version_at, x->load_at, y->version_at, y->load_at)) != 0)
		return cmp;
	return (x->content > y->content) - (x->content < y->content);
}

/*
 * Sort into the order of capture: transactions by their last event.  What a
 * scan saw, with seq 0, stands where the scan was.
 */
static void
sort_events(ZgEvent *events, int n)
{
	qsort(events, n, sizeof(ZgEvent), by_tx);
	for (int i = n - 1; i >= 0; i--)
		events[i].group_seq = i < n - 1 && events[i + 1].tx == events[i].tx ?
			events[i + 1].group_seq : Max(events[i].seq, events[i].tx);
	qsort(events, n, sizeof(ZgEvent), by_capture);
}

/* what lies between two deletions, or before the first or after the last */
typedef struct Life
{
	TimestampTz after;			/* the deletion before it; DT_NOBEGIN = none */
	const ZgEvent *oldest;		/* of the rows with which it began; NULL = the
								 * first life */
} Life;

/* a row that came or went in a transaction */
typedef struct Moved
{
	int			row;			/* its event */
	int			at;				/* the event with which it came or went */
} Moved;

/* what the replay knows at a moment */
typedef struct Replay
{
	ZgEvent    *events;
	int			nlive;
	Moved	   *went;			/* that others could see and the transaction
								 * took away */
	int			nwent;
	Moved	   *came;			/* that it wrote */
	int			ncame;
	TimestampTz newest;			/* latest version timestamp up to now */
	Life	   *lives;
	int			nlives;
	ZgPoint    *points;			/* of versions, as they come */
	int			npoints;
} Replay;

static void
note_moved(Moved *moved, int *n, int row, int at)
{
	moved[*n].row = row;
	moved[(*n)++].at = at;
}

/* The event at "by", of the transaction that begins at first, takes a living row away. */
static void
remove_event(Replay *replay, int first, int i, int by)
{
	replay->events[i].live = false;
	replay->events[i].gone_by = by;
	replay->events[by].took = i;
	replay->nlive--;
	if (i < first)
		note_moved(replay->went, &replay->nwent, i, by);
}

/* A deleted row: the living one that equals it goes. */
static void
remove_row(Replay *replay, int first, int by)
{
	for (int i = by - 1; i >= 0; i--)
		if (replay->events[i].live && replay->events[i].row_hash == replay->events[by].row_hash)
		{
			remove_event(replay, first, i, by);
			return;
		}
}

/* TRUNCATE: all living rows go. */
static void
remove_all(Replay *replay, int first, int by)
{
	for (int i = 0; i < by; i++)
		if (replay->events[i].live)
			remove_event(replay, first, i, by);
}

/* Which rows come and go in the transaction [first, last); returns when any went. */
static TimestampTz
move_rows(Replay *replay, int first, int last)
{
	TimestampTz went_at = DT_NOBEGIN;

	replay->nwent = replay->ncame = 0;
	for (int i = first; i < last; i++)
	{
		ZgEvent    *event = &replay->events[i];

		event->live = event->op == 'I';
		event->replaced_by = event->replaces = event->took = event->gone_by = -1;
		if (event->op == 'I')
		{
			replay->nlive++;
			note_moved(replay->came, &replay->ncame, i, i);
			continue;
		}
		went_at = Max(went_at, event->captured_at);
		if (event->op == 'D')
			remove_row(replay, first, i);
		else
			remove_all(replay, first, i);
	}
	return went_at;
}

/* what rows are to have in common: the version timestamp, or their content too, or what they say */
static int
compare_versions_of(const ZgEvent *a, const ZgEvent *b)
{
	return zg_compare_int64(a->version_at, b->version_at);
}

static int
compare_contents_of(const ZgEvent *a, const ZgEvent *b)
{
	int			cmp = compare_versions_of(a, b);

	return cmp != 0 ? cmp : (a->content > b->content) - (a->content < b->content);
}

static int
compare_sayings_of(const ZgEvent *a, const ZgEvent *b)
{
	int			cmp = compare_versions_of(a, b);

	return cmp != 0 ? cmp : (a->says > b->says) - (a->says < b->says);
}

/* rows in groups, of each in order */
typedef struct Grouping
{
	const ZgEvent *events;
	int			(*compare) (const ZgEvent *a, const ZgEvent *b);
} Grouping;

static int
by_group(const void *a, const void *b, void *arg)
{
	const Moved *x = a;
	const Moved *y = b;
	const Grouping *grouping = arg;
	int			cmp = grouping->compare(&grouping->events[x->row], &grouping->events[y->row]);

	return cmp != 0 ? cmp : x->at - y->at;
}

/* Of several states of one version in a transaction only the last counts. */
static void
drop_passing(Replay *replay)
{
	Grouping	grouping = {replay->events, compare_versions_of};
	int			n = 0;

	if (replay->ncame > 1)
		qsort_arg(replay->came, replay->ncame, sizeof(Moved), by_group, &grouping);
	for (int i = 0; i < replay->ncame; i++)
	{
		ZgEvent    *event = &replay->events[replay->came[i].row];

		event->passing = !event->live && i + 1 < replay->ncame &&
			compare_versions_of(event, &replay->events[replay->came[i + 1].row]) == 0;
		if (!event->passing)
			replay->came[n++] = replay->came[i];
	}
	replay->ncame = n;
}

/* Forget the rows that have found each other. */
static void
drop_paired(Replay *replay)
{
	int			n = 0;

	for (int i = 0; i < replay->nwent; i++)
		if (replay->events[replay->went[i].row].replaced_by < 0)
			replay->went[n++] = replay->went[i];
	replay->nwent = n;
	n = 0;
	for (int i = 0; i < replay->ncame; i++)
		if (replay->events[replay->came[i].row].replaces < 0)
			replay->came[n++] = replay->came[i];
	replay->ncame = n;
}

/* Sort the rows that moved into groups; returns whether any came and any went. */
static bool
sort_moved(Replay *replay, Grouping *grouping)
{
	if (replay->nwent == 0 || replay->ncame == 0)
		return false;
	qsort_arg(replay->went, replay->nwent, sizeof(Moved), by_group, grouping);
	qsort_arg(replay->came, replay->ncame, sizeof(Moved), by_group, grouping);
	return true;
}

static void
take_place(Replay *replay, int came, int went)
{
	replay->events[came].replaces = went;
	replay->events[went].replaced_by = came;
}

/*
 * Each row that came takes the place of one of its group that had gone before
 * and of which none took the place yet: as brackets that open and close.
 */
static void
pair_rows(Replay *replay, int (*compare) (const ZgEvent *a, const ZgEvent *b))
{
	Grouping	grouping = {replay->events, compare};
	int		   *open;
	int			nopen = 0;
	int			w = 0;

	if (!sort_moved(replay, &grouping))
		return;
	open = palloc(replay->nwent * sizeof(int));
	for (int c = 0; c < replay->ncame; c++)
	{
		ZgEvent    *came = &replay->events[replay->came[c].row];

		for (; w < replay->nwent && by_group(&replay->went[w], &replay->came[c], &grouping) < 0; w++)
			open[nopen++] = replay->went[w].row;
		if (nopen > 0 && compare(&replay->events[open[nopen - 1]], came) == 0)
			take_place(replay, replay->came[c].row, open[--nopen]);
	}
	pfree(open);
	drop_paired(replay);
}

/*
 * Rows that came before one that says the same went, as where a load writes first
 * and deletes then, are that row as well.
 */
static void
pair_left_over(Replay *replay)
{
	Grouping	grouping = {replay->events, compare_sayings_of};
	int			w = 0;
	int			c = 0;

	if (!sort_moved(replay, &grouping))
		return;
	while (w < replay->nwent && c < replay->ncame)
	{
		int			went = replay->went[w].row;
		int			came = replay->came[c].row;
		int			cmp = compare_sayings_of(&replay->events[went], &replay->events[came]);

		if (cmp == 0)
			take_place(replay, came, went);
		w += cmp <= 0;
		c += cmp >= 0;
	}
	drop_paired(replay);
}

/*
 * Which rows of the transaction take the place of which that others could see:
 * one of equal content is that row still, and so is one that says the same; one of
 * the same version corrects it.
 */
static void
take_places(Replay *replay)
{
	drop_passing(replay);
	pair_rows(replay, compare_contents_of);
	pair_left_over(replay);
	pair_rows(replay, compare_versions_of);
}

/*
 * The life that a row which came now belongs to.  One that is older than the
 * deletion and than all rows after it is a late version of a life before.
 */
static int
life_of(const Replay *replay, const ZgEvent *event)
{
	int			life = replay->nlives - 1;
	const Life *present = &replay->lives[life];

	if (event->version_at > present->after ||
		zg_compare_versions(event->version_at, event->load_at,
							present->oldest->version_at, present->oldest->load_at) >= 0)
		return life;
	while (replay->lives[life].after >= event->version_at)
		life--;
	return life;
}

/*
 * A row came: find its life, and when it takes effect.  That is at its version
 * timestamp, unless it altered a row without moving that or appeared in a
 * life that had not begun then; then when it was captured.  A touch, that
 * is a row equal to the one it replaces, is the same version; not so one that
 * was loaded later, for it may overtake others of its version timestamp.
 */
static void
judge_row(Replay *replay, ZgEvent *event)
{
	const ZgEvent *replaced = event->replaces < 0 ? NULL : &replay->events[event->replaces];
	bool		repeats = replaced != NULL && replaced->content == event->content;

	event->last_load = repeats ? Max(event->load_at, replaced->last_load) : event->load_at;
	if (repeats && (replaced->rejected || event->load_at <= replaced->last_load))
	{
		event->touch = !replaced->rejected;
		event->life = replaced->life;
		event->effective_at = replaced->effective_at;
		return;
	}
	event->life = life_of(replay, event);
	if (event->deletion)
		event->effective_at = Max(event->deleted_at, replay->lives[event->life].after + 1);
	else if (event->version_at <= replay->lives[event->life].after)
		event->effective_at = Max(event->captured_at, replay->lives[event->life].after + 1);
	else if (replaced != NULL)
		event->effective_at = Max(event->version_at, event->captured_at);
	else
		event->effective_at = event->version_at;
}

/* After a deletion: the rows that come in a transaction begin a new life. */
static void
begin_life(Replay *replay, int first, int last)
{
	Life	   *life = &replay->lives[replay->nlives - 1];

	for (int i = first; i < last; i++)
	{
		const ZgEvent *event = &replay->events[i];

		if (event->op == 'I' &&
			(life->oldest == NULL ||
			 zg_compare_versions(event->version_at, event->load_at,
								 life->oldest->version_at, life->oldest->load_at) < 0))
			life->oldest = event;
	}
}

/* Note the versions that came in the transaction [first, last). */
static void
note_versions(Replay *replay, int first, int last)
{
	for (int i = first; i < last; i++)
	{
		ZgEvent    *event = &replay->events[i];

		if (event->op != 'I' || event->rejected || event->touch || event->passing)
			continue;
		replay->newest = Max(replay->newest, event->version_at);
		replay->points[replay->npoints].at = event->effective_at;
		replay->points[replay->npoints++].event = event;
	}
}

/* The key is deleted, never before what came has begun. */
static void
end_life(Replay *replay, TimestampTz went_at)
{
	TimestampTz before = replay->lives[replay->nlives - 1].after;
	Life	   *life = &replay->lives[replay->nlives++];

	life->after = Max(went_at, before);
	if (replay->newest != DT_NOBEGIN)
		life->after = Max(life->after, replay->newest + 1);
	life->oldest = NULL;
}

/* Replay the transaction [first, last). */
static void
replay_transaction(Replay *replay, int first, int last, bool ignore_deletes)
{
	TimestampTz went_at = move_rows(replay, first, last);

	if (replay->nlives > 1 && replay->lives[replay->nlives - 1].oldest == NULL)
		begin_life(replay, first, last);
	take_places(replay);
	for (int i = first; i < last; i++)
		if (replay->events[i].op == 'I' && !replay->events[i].passing)
			judge_row(replay, &replay->events[i]);
	note_versions(replay, first, last);
	if (replay->nlive == 0 && went_at != DT_NOBEGIN && !ignore_deletes)
		end_life(replay, went_at);
}

/* by life and version timestamp, in the order of capture */
static int
by_version(const void *a, const void *b)
{
	const ZgPoint *x = a;
	const ZgPoint *y = b;
	int			cmp;

	if ((cmp = x->event->life - y->event->life) != 0 ||
		(cmp = zg_compare_int64(x->event->version_at, y->event->version_at)) != 0)
		return cmp;
	return (x->event > y->event) - (x->event < y->event);
}

/* How many of n points belong to the transaction of the first? */
static int
transaction_length(const ZgPoint *points, int n)
{
	int			length = 1;

	while (length < n && points[length].event->tx == points[0].event->tx)
		length++;
	return length;
}

/*
 * How many of n points, in the order of capture and of whole transactions, say
 * the same as the first?  0 = its transaction says several things.
 */
static int
run_length(const ZgPoint *points, int n)
{
	int			length = 1;

	while (length < n && points[length].event->says == points[0].event->says)
		length++;
	if (length < n)
		while (length > 0 && points[length - 1].event->tx == points[length].event->tx)
			length--;
	return length;
}

/* The newest of n points and of another one, which can be NULL. */
static const ZgEvent *
newest_of(const ZgEvent *newest, const ZgPoint *points, int n)
{
	for (int i = 0; i < n; i++)
		if (newest == NULL || zg_event_compare(points[i].event, newest) > 0)
			newest = points[i].event;
	return newest;
}

/*
 * Keep of n points that say the same, and are newer than what came before them,
 * the earliest and the newest; returns how many.
 */
static int
keep_ends(ZgPoint *points, int n, const ZgEvent *before)
{
	ZgPoint		earliest = {0};
	ZgPoint		newest = {0};
	int			kept = 0;

	for (int i = 0; i < n; i++)
	{
		ZgPoint		point = points[i];

		if (before != NULL && zg_event_compare(point.event, before) < 0)
		{
			points[kept++] = point;
			continue;
		}
		if (earliest.event == NULL || point.at < earliest.at)
			earliest = point;
		if (newest.event == NULL || zg_event_compare(point.event, newest.event) > 0)
			newest = point;
	}
	if (earliest.event != NULL)
		points[kept++] = earliest;
	if (newest.event != earliest.event)
		points[kept++] = newest;
	return kept;
}

/* Drop what does not count of the n points of a version, in the order of capture; returns how many do. */
static int
drop_reloads_of(ZgPoint *points, int n)
{
	const ZgEvent *before = NULL;
	int			kept = 0;

	for (int first = 0, length; first < n; first += length)
	{
		const ZgEvent *newest;
		bool		is_run;

		length = run_length(points + first, n - first);
		is_run = length > 0;
		if (!is_run)
			length = transaction_length(points + first, n - first);
		newest = newest_of(before, points + first, length);
		memmove(points + kept, points + first, length * sizeof(ZgPoint));
		kept += is_run ? keep_ends(points + kept, length, before) : length;
		before = newest;
	}
	return kept;
}

/*
 * A version that is loaded again and again, and says the same each time, counts
 * as first in effect and as last loaded, until a row of its timestamp says
 * something else.
 */
static void
drop_reloads(Replay *replay)
{
	ZgPoint    *points = replay->points;
	int			n = 0;

	if (replay->npoints < 3)
		return;
	qsort(points, replay->npoints, sizeof(ZgPoint), by_version);
	for (int first = 0, last; first < replay->npoints; first = last)
	{
		for (last = first + 1; last < replay->npoints &&
			 points[last].event->life == points[first].event->life &&
			 points[last].event->version_at == points[first].event->version_at; last++)
			 /* the version goes on */ ;
		memmove(points + n, points + first, (last - first) * sizeof(ZgPoint));
		n += drop_reloads_of(points + n, last - first);
	}
	replay->npoints = n;
}

/* by life, then as they take effect; of one instant the newest last */
static int
by_effect(const void *a, const void *b)
{
	const ZgPoint *x = a;
	const ZgPoint *y = b;
	int			cmp;

	if ((cmp = x->event->life - y->event->life) != 0 ||
		(cmp = zg_compare_int64(x->at, y->at)) != 0)
		return cmp;
	return zg_event_compare(x->event, y->event);
}

/* Which of the n points of a life count?  They come first; returns how many. */
static int
enforce_succession(ZgPoint *points, int n, TimestampTz end)
{
	int			kept = 0;

	for (int i = 0; i < n && points[i].at < end; i++)
	{
		if (kept > 0 && zg_event_compare(points[i].event, points[kept - 1].event) < 0)
			continue;			/* a newer one is in force already */
		if (kept > 0 && points[kept - 1].at == points[i].at)
			kept--;
		points[kept++] = points[i];
	}
	return kept;
}

/* Write the lives one after the other, deletions between; returns how many. */
static int
join_lives(const Replay *replay, ZgPoint *points)
{
	ZgPoint    *life_points = replay->points;
	ZgPoint    *end = life_points + replay->npoints;
	int			n = 0;

	for (int life = 0; life < replay->nlives; life++)
	{
		bool		is_last = life == replay->nlives - 1;
		int			in_life = 0;
		int			kept;

		while (life_points + in_life < end && life_points[in_life].event->life == life)
			in_life++;
		kept = enforce_succession(life_points, in_life,
								  is_last ? DT_NOEND : replay->lives[life + 1].after);
		memcpy(points + n, life_points, kept * sizeof(ZgPoint));
		n += kept;
		life_points += in_life;
		if (!is_last)
		{
			points[n].at = replay->lives[life + 1].after;
			points[n++].event = NULL;
		}
	}
	return n;
}

ZgPoint *
zg_history_timeline(bool ignore_deletes, ZgEvent *events, int n, int *npoints)
{
	Replay		replay = {
		.events = events,
		.newest = DT_NOBEGIN,
		.lives = palloc((n + 1) * sizeof(Life)),
		.nlives = 1,
		.points = palloc(n * sizeof(ZgPoint)),
		.went = palloc(n * sizeof(Moved)),
		.came = palloc(n * sizeof(Moved)),
	};
	ZgPoint    *points = palloc(2 * n * sizeof(ZgPoint));

	replay.lives[0].after = DT_NOBEGIN;
	replay.lives[0].oldest = NULL;
	sort_events(events, n);
	for (int first = 0, last; first < n; first = last)
	{
		for (last = first + 1; last < n && events[last].tx == events[first].tx; last++)
			 /* the transaction goes on */ ;
		replay_transaction(&replay, first, last, ignore_deletes);
	}
	drop_reloads(&replay);
	qsort(replay.points, replay.npoints, sizeof(ZgPoint), by_effect);
	*npoints = join_lives(&replay, points);
	pfree(replay.points);
	pfree(replay.lives);
	pfree(replay.went);
	pfree(replay.came);
	return points;
}
