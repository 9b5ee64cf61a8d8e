/*-------------------------------------------------------------------------
 *
 * text.c
 *	  Text: normal form, comparison, hashes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "catalog/pg_collation.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

PG_FUNCTION_INFO_V1(zg_normal_text);

/* Is a code point above ASCII white space (Unicode property White_Space)? */
static bool
is_wide_space(pg_wchar c)
{
	return c == 0x85 || c == 0xA0 || c == 0x1680 ||
		(c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
		c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Length in bytes of the white space character at p, 0 if there is none. */
static int
space_length(const unsigned char *p, const unsigned char *end, bool utf8)
{
	int			len;

	if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		return 1;
	/* all wide spaces start with C2, E1, E2 or E3 */
	if (!utf8 || (*p != 0xC2 && (*p < 0xE1 || *p > 0xE3)))
		return 0;
	len = pg_utf_mblen(p);
	if (p + len > end || !is_wide_space(utf8_to_unicode(p)))
		return 0;
	return len;
}

/* Is nothing to be done?  The quick way out for almost every value. */
static bool
is_normal(const unsigned char *p, const unsigned char *end)
{
	bool		after_space = true;

	if (p == end)
		return false;
	for (; p < end; p++)
	{
		if (*p > ' ' && *p < 0x80)
			after_space = false;
		else if (*p == ' ' && !after_space)
			after_space = true;
		else if (*p == ' ' || (*p >= '\t' && *p <= '\r') ||
				 *p == 0xC2 || (*p >= 0xE1 && *p <= 0xE3))
			return false;
		else
			after_space = false;
	}
	return !after_space;
}

text *
zg_text_normalize(text *raw)
{
	const unsigned char *p = (unsigned char *) VARDATA_ANY(raw);
	const unsigned char *end = p + VARSIZE_ANY_EXHDR(raw);
	bool		utf8 = GetDatabaseEncoding() == PG_UTF8;
	text	   *result;
	unsigned char *out;
	bool		pending = false;

	if (is_normal(p, end))
		return raw;
	result = palloc(VARHDRSZ + (end - p));
	out = (unsigned char *) VARDATA(result);
	while (p < end)
	{
		int			len = space_length(p, end, utf8);

		if (len > 0)
		{
			pending = out > (unsigned char *) VARDATA(result);
			p += len;
			continue;
		}
		if (pending)
			*out++ = ' ';
		pending = false;
		for (len = Min(pg_mblen((const char *) p), end - p); len > 0; len--)
			*out++ = *p++;
	}
	if (out == (unsigned char *) VARDATA(result))
	{
		pfree(result);
		return NULL;
	}
	SET_VARSIZE(result, (char *) out - (char *) result);
	return result;
}

/* normal_text(text) RETURNS text: the normal form, NULL when nothing is left. */
Datum
zg_normal_text(PG_FUNCTION_ARGS)
{
	text	   *normal = zg_text_normalize(PG_GETARG_TEXT_PP(0));

	if (normal == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(normal);
}

/*
 * ASCII letters are those of any language, so that addresses are the same in a
 * Turkish database; only others are the database's.
 */
text *
zg_text_lower(text *raw)
{
	const unsigned char *p = (unsigned char *) VARDATA_ANY(raw);
	int			len = VARSIZE_ANY_EXHDR(raw);
	bool		upper = false;
	bool		ascii = true;
	text	   *result;

	for (int i = 0; i < len; i++)
	{
		upper |= p[i] >= 'A' && p[i] <= 'Z';
		ascii &= p[i] < 0x80;
	}
	if (ascii && !upper)
		return raw;
	result = cstring_to_text_with_len((const char *) p, len);
	for (char *q = VARDATA(result); q < VARDATA(result) + len; q++)
		*q = pg_ascii_tolower((unsigned char) *q);
	if (ascii)
		return result;
	return cstring_to_text(str_tolower(VARDATA(result), len, DEFAULT_COLLATION_OID));
}

bool
zg_text_is_email(const text *email)
{
	const char *p = VARDATA_ANY(email);
	int			len = VARSIZE_ANY_EXHDR(email);
	int			at = -1;
	bool		dot = false;

	for (int i = 0; i < len; i++)
	{
		if (p[i] == ' ' || (p[i] == '@' && at >= 0))
			return false;
		if (p[i] == '@')
			at = i;
		else if (p[i] == '.' && at >= 0 && i > at + 1 && i < len - 1)
			dot = true;
	}
	return at > 0 && dot;
}

/* Are two strings of one length the same but for the case of ASCII letters? */
static bool
is_same_word(const char *p, const char *q, int len)
{
	for (int i = 0; i < len; i++)
		if (pg_ascii_tolower((unsigned char) p[i]) != pg_ascii_tolower((unsigned char) q[i]))
			return false;
	return true;
}

const char *
zg_text_spelling(const text *value, const char *const *known)
{
	int			len = VARSIZE_ANY_EXHDR(value);

	for (; *known != NULL; known++)
		if (strlen(*known) == len && is_same_word(*known, VARDATA_ANY(value), len))
			return *known;
	return NULL;
}

bool
zg_text_same_word(const text *a, const text *b)
{
	int			len = VARSIZE_ANY_EXHDR(a);

	return len == VARSIZE_ANY_EXHDR(b) && is_same_word(VARDATA_ANY(a), VARDATA_ANY(b), len);
}

bool
zg_text_equal(const text *a, const text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

int
zg_text_compare(const text *a, const text *b)
{
	int			alen,
				blen,
				cmp;

	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	alen = VARSIZE_ANY_EXHDR(a);
	blen = VARSIZE_ANY_EXHDR(b);
	cmp = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(alen, blen));
	return cmp != 0 ? cmp : (alen > blen) - (alen < blen);
}

text *
zg_text_copy(const text *value)
{
	return cstring_to_text_with_len(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

void
zg_text_copy_to(text *place, const text *value)
{
	SET_VARSIZE(place, VARHDRSZ + VARSIZE_ANY_EXHDR(value));
	memcpy(VARDATA(place), VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

uint32
zg_text_hash(const text *value)
{
	return (uint32) zg_text_hash64(value);
}

uint64
zg_text_hash64(const text *value)
{
	return hash_bytes_extended((const unsigned char *) VARDATA_ANY(value),
							   VARSIZE_ANY_EXHDR(value), 0);
}
