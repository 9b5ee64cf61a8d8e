/*-------------------------------------------------------------------------
 *
 * timeline.c
 *	  From the kept events of a key to what was valid when.
 *
 * Events are replayed in the order of capture, transaction by transaction,
 * to learn when the key was deleted and which rows took effect at another
 * instant than their version timestamp says: rows altered without moving it,
 * and rows that appeared after a deletion that is not older.  The points so
 * found, sorted by the instant at which they take effect, are the timeline;
 * it does not depend on how events were batched, nor on the order in which
 * versions with distinct timestamps arrived.
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

/* Sort into the order of capture: transactions by their last event. */
static void
sort_events(ZgEvent *events, int n)
{
	qsort(events, n, sizeof(ZgEvent), by_tx);
	for (int i = n - 1; i >= 0; i--)
		events[i].group_seq = i < n - 1 && events[i + 1].tx == events[i].tx ?
			events[i + 1].group_seq : events[i].seq;
	qsort(events, n, sizeof(ZgEvent), by_capture);
}

/* what the replay knows at a moment */
typedef struct Replay
{
	ZgEvent    *events;
	int			nlive;
	TimestampTz deleted_at;		/* last deletion; DT_NOBEGIN = none */
	TimestampTz newest;			/* latest instant at which a version took
								 * effect */
	ZgPoint    *points;
	int			npoints;
} Replay;

/* Let the event at "by" take a living row away. */
static void
remove_event(Replay *replay, int i, int by)
{
	replay->events[i].live = false;
	replay->events[i].removed_by = by;
	replay->nlive--;
}

/* A deleted row: the living one that equals it goes. */
static void
remove_row(Replay *replay, int by)
{
	for (int i = by - 1; i >= 0; i--)
		if (replay->events[i].live && replay->events[i].row_hash == replay->events[by].row_hash)
		{
			remove_event(replay, i, by);
			return;
		}
}

/* TRUNCATE: all living rows go. */
static void
remove_all(Replay *replay, int by)
{
	for (int i = 0; i < by; i++)
		if (replay->events[i].live)
			remove_event(replay, i, by);
}

/*
 * The row of the same version that the one at i replaces: it went in the
 * transaction that begins at first, before i came.  One of equal content if
 * there is one, even if a tie of other content came first and took it for
 * its own; else the last; NULL = none.
 */
static ZgEvent *
find_replaced(Replay *replay, int first, int i)
{
	ZgEvent    *event = &replay->events[i];
	ZgEvent    *last = NULL;

	for (int j = i - 1; j >= 0; j--)
	{
		ZgEvent    *e = &replay->events[j];

		if (e->op != 'I' || e->removed_by < first || e->removed_by > i ||
			e->version_at != event->version_at)
			continue;
		if (e->content == event->content &&
			(e->replaced_by < 0 || (replay->events[e->replaced_by].live &&
									replay->events[e->replaced_by].content != e->content)))
			return e;
		if (last == NULL && e->replaced_by < 0)
			last = e;
	}
	return last;
}

static void
add_point(Replay *replay, TimestampTz at, int64 seq, ZgEvent *event)
{
	ZgPoint    *point = &replay->points[replay->npoints++];

	point->at = at;
	point->seq = seq;
	point->event = event;
}

/*
 * When a row that came takes effect: at its version timestamp, unless it
 * appeared after a deletion that is not older, or altered a row without
 * moving its version timestamp; then when it was captured.  A touch, that
 * is a row equal to the one it replaces, changes nothing.
 */
static TimestampTz
effect_of(Replay *replay, int first, int i, bool was_dead, bool *touch)
{
	ZgEvent    *event = &replay->events[i];
	ZgEvent    *replaced;

	*touch = false;
	if (was_dead && event->version_at <= replay->deleted_at)
		return Max(event->captured_at, replay->deleted_at + 1);
	replaced = find_replaced(replay, first, i);
	if (replaced == NULL)
		return event->version_at;
	if (replaced->replaced_by < 0)
		replaced->replaced_by = i;
	*touch = replaced->content == event->content && !replaced->rejected;
	return replaced->content == event->content ? replaced->effective_at :
		Max(event->version_at, event->captured_at);
}

/* Replay the transaction [first, last). */
static void
replay_transaction(Replay *replay, int first, int last, bool ignore_deletes)
{
	bool		was_dead = replay->nlive == 0 && replay->deleted_at != DT_NOBEGIN;
	TimestampTz went_at = DT_NOBEGIN;

	for (int i = first; i < last; i++)
	{
		ZgEvent    *event = &replay->events[i];
		bool		touch;

		event->live = event->op == 'I';
		event->removed_by = -1;
		event->replaced_by = -1;
		if (event->op == 'I')
		{
			replay->nlive++;
			event->effective_at = effect_of(replay, first, i, was_dead, &touch);
			replay->newest = Max(replay->newest, event->effective_at);
			if (!event->rejected && !touch)
				add_point(replay, event->effective_at, event->seq, event);
			continue;
		}
		went_at = Max(went_at, event->captured_at);
		if (event->op == 'D')
			remove_row(replay, i);
		else
			remove_all(replay, i);
	}
	if (replay->nlive == 0 && went_at != DT_NOBEGIN && !ignore_deletes)
	{
		replay->deleted_at = went_at;
		/* never before what it deletes has begun */
		add_point(replay, Max(went_at, replay->newest == DT_NOBEGIN ? went_at : replay->newest + 1),
				  replay->events[last - 1].seq, NULL);
	}
}

static int
by_effect(const void *a, const void *b)
{
	const ZgPoint *x = a;
	const ZgPoint *y = b;
	int			cmp = zg_compare_int64(x->at, y->at);

	if (cmp != 0)
		return cmp;
	if (x->event != NULL && y->event != NULL)
	{
		if ((cmp = zg_compare_versions(x->event->version_at, x->event->load_at,
									   y->event->version_at, y->event->load_at)) != 0 ||
			(cmp = zg_compare_int64(x->seq, y->seq)) != 0 ||
			(cmp = zg_compare_int64(x->event->n, y->event->n)) != 0)
			return cmp;
		return (x->event->content > y->event->content) - (x->event->content < y->event->content);
	}
	if ((cmp = zg_compare_int64(x->seq, y->seq)) != 0)
		return cmp;
	return (x->event == NULL) - (y->event == NULL);
}

int
zg_history_timeline(bool ignore_deletes, ZgEvent *events, int n, ZgPoint *points)
{
	Replay		replay = {
		.events = events,
		.deleted_at = DT_NOBEGIN,
		.newest = DT_NOBEGIN,
		.points = points,
	};

	sort_events(events, n);
	for (int first = 0, last; first < n; first = last)
	{
		for (last = first + 1; last < n && events[last].tx == events[first].tx; last++)
			 /* the transaction goes on */ ;
		replay_transaction(&replay, first, last, ignore_deletes);
	}
	qsort(points, replay.npoints, sizeof(ZgPoint), by_effect);
	return replay.npoints;
}
