/*-------------------------------------------------------------------------
 *
 * ticket_resolution.h
 *	  When tickets were resolved, from their kept versions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_TICKET_RESOLUTION_H
#define ZG_TICKET_RESOLUTION_H

#include "state/run.h"

typedef struct ZgResolutions ZgResolutions;

/* Those of the tickets whose ids (as stored) a query yields; NULL = all. */
extern ZgResolutions *zg_resolutions_read(ZgRun *run, const char *ids_query);

/* When the final unbroken run of Resolved/Closed began, DT_NOEND = never. */
extern TimestampTz zg_resolutions_find(ZgResolutions *resolutions, const text *ticket_id);

#endif							/* ZG_TICKET_RESOLUTION_H */
