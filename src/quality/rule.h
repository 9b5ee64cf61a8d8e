/*-------------------------------------------------------------------------
 *
 * rule.h
 *	  Quality rules: the built-in ones and those of gold_state.quality_rule.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_RULE_H
#define ZG_RULE_H

#include "silver/silver.h"

/* the built-in rules */
typedef enum ZgRule
{
	ZG_RULE_KEY_MISSING,
	ZG_RULE_COLUMN_MISSING,		/* named <column>_missing */
	ZG_RULE_DATE_OUT_OF_RANGE,
	ZG_RULE_VALUE_TOO_LONG,
	ZG_RULE_EMAIL_MISSING,
	ZG_RULE_EMAIL_MALFORMED,
	ZG_RULE_PLAN_TYPE_MISSING,
	ZG_RULE_PLAN_TYPE_UNKNOWN,
	ZG_RULE_NAME_TAKEN,
	ZG_RULE_END_BEFORE_START,
	ZG_RULE_DURATION_NEGATIVE,
	ZG_RULE_HOST_MISSING,
	ZG_RULE_HOST_UNKNOWN,
	ZG_RULE_DURATION_MISMATCH,
	ZG_RULE_MEETING_TOO_LONG,
	ZG_RULE_KEY_REUSED,
	ZG_RULE_MEETING_UNKNOWN,
	ZG_RULE_LEAVE_BEFORE_JOIN,
	ZG_RULE_USER_UNKNOWN,
	ZG_RULE_USER_MISSING,
	ZG_RULE_COUNT_NEGATIVE,
	ZG_RULE_REGISTRANTS_NEGATIVE,
	ZG_RULE_STATUS_UNKNOWN,
	ZG_RULE_RESOLVED_BEFORE_OPENED,
	ZG_RULE_AMOUNT_NEGATIVE,
	ZG_RULE_EVENT_TYPE_UNKNOWN,
	ZG_RULE_LICENSE_TYPE_UNKNOWN,
	ZG_RULE_COUNT
} ZgRule;

/* What a row broke, as found by the checks of its relation. */
typedef struct ZgBroken
{
	uint64		rules;			/* bit per ZgRule */
	uint32		missing;		/* bit per required column without a value */
	uint64		user_rules;		/* bit per user's rule of the relation */
} ZgBroken;

static inline void
zg_break(ZgBroken *broken, ZgRule rule)
{
	broken->rules |= UINT64CONST(1) << rule;
}

/* a rule as the logs show it */
typedef struct ZgRuleInfo
{
	const char *name;
	const char *error_type;
	const char *description;	/* what is wrong, without data */
	bool		is_error;
} ZgRuleInfo;

/* The rules that hold for one relation in this run. */
typedef struct ZgRules
{
	const ZgSilver *silver;
	uint64		enabled;		/* built-in rules */
	uint64		errors;			/* those of severity error */
	uint64		user_errors;
	int			nuser;
	ZgRuleInfo	user[64];
} ZgRules;

/* Read gold_state.quality_rule for a relation. */
extern ZgRules *zg_rules_load(ZgRun *run, const ZgSilver *silver);

/* SQL of a bigint with a bit per enabled rule of the users, NULL = none. */
extern char *zg_rules_mask_expression(ZgRun *run, const ZgSilver *silver);

/* Checks common to all relations: key, required columns, dates, lengths. */
extern void zg_rules_check_contract(ZgRun *run, const ZgSilver *silver,
									const ZgRow *row, ZgBroken *broken);

/* Drop disabled rules; true when a rule of severity error remains. */
extern bool zg_rules_rejects(const ZgRules *rules, ZgBroken *broken);

/* Call a function for each rule broken that is to be logged. */
extern void zg_rules_each(const ZgRules *rules, const ZgBroken *broken,
						  void (*visit) (const ZgRuleInfo *rule, void *arg),
						  void *arg);

#endif							/* ZG_RULE_H */
