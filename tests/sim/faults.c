#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stats.h"

#define MAX_FAULTS 64
#define DEEP_JSON 100000

static const char *const names[N_FAULTS] = { [FAULT_NONE] = "none",
#define FAULT(id, name) [FAULT_##id] = name,
	FAULTS
#undef FAULT
};

struct rule {
	enum fault kind;
	char service[32], operation[64]; /* empty: any */
	double rate;
	long left; /* how many more calls it may hit; -1: no limit */
	uint64_t counter;
};

static struct rule rules[MAX_FAULTS];
static size_t n_rules;

static enum fault kind_of(struct slice name)
{
	for (int i = 1; i < N_FAULTS; i++)
		if (slice_is(name, names[i]))
			return (enum fault)i;
	return FAULT_NONE;
}

static bool known_scope(const struct rule *rule)
{
	for (size_t i = 0; i < N_OPERATIONS; i++)
		if ((!rule->service[0] ||
				strcmp(rule->service, services[operations[i].service].name) == 0) &&
			(!rule->operation[0] || strcmp(rule->operation, operations[i].name) == 0))
			return true;
	return false;
}

/* KIND[@service[.Operation]]=RATE[:COUNT] */
static bool rule_read(struct rule *rule, struct slice text, char error[256])
{
	struct slice what, scope, service;
	char number[64], *end;

	*rule = (struct rule){ .left = -1 };
	snprintf(error, 256, "cannot read fault '%.*s'", (int)(text.n > 200 ? 200 : text.n), text.p);
	if (!slice_cut(&text, '=', &scope) || !text.n || text.n >= sizeof(number))
		return false;
	slice_cut(&scope, '@', &what);
	rule->kind = kind_of(slice_trim(what));
	if (!rule->kind) {
		snprintf(error, 256, "unknown kind of fault '%.*s'", (int)(what.n > 200 ? 200 : what.n),
			what.p);
		return false;
	}
	if (scope.p) {
		slice_cut(&scope, '.', &service);
		snprintf(rule->service, sizeof(rule->service), "%.*s", (int)service.n, service.p);
		snprintf(rule->operation, sizeof(rule->operation), "%.*s", (int)scope.n,
			scope.p ? scope.p : "");
		if (!known_scope(rule)) {
			snprintf(error, 256, "unknown service or operation '%s.%s'", rule->service,
				rule->operation);
			return false;
		}
	}
	memcpy(number, text.p, text.n);
	number[text.n] = '\0';
	rule->rate = strtod(number, &end);
	if (*end == ':')
		rule->left = strtol(end + 1, &end, 10);
	return *end == '\0' && rule->rate >= 0 && rule->rate <= 1;
}

bool faults_set(const char *text, char error[256])
{
	struct rule fresh[MAX_FAULTS];
	struct slice rest = slice_of(text ? text : ""), part;
	size_t n = 0;

	while (slice_cut(&rest, ',', &part)) {
		part = slice_trim(part);
		if (!part.n)
			continue;
		if (n == MAX_FAULTS || !rule_read(&fresh[n], part, error))
			return false;
		n++;
	}
	memcpy(rules, fresh, n * sizeof(rules[0]));
	n_rules = n;
	return true;
}

static bool of_parts(enum fault kind)
{
	return kind == FAULT_DUPLICATE_MESSAGE || kind == FAULT_PARTIAL_BATCH;
}

static bool in_scope(const struct rule *rule, const struct operation *operation)
{
	return (!rule->service[0] || strcmp(rule->service, services[operation->service].name) == 0) &&
		(!rule->operation[0] || strcmp(rule->operation, operation->name) == 0);
}

/* Returns whether this kind of fault can hit this call at all. */
static bool applies(const struct rule *rule, const struct call *call)
{
	if (of_parts(rule->kind) || !in_scope(rule, call->operation))
		return false;
	if (rule->kind == FAULT_REGION)
		return call->operation->resource == RESOURCE_BUCKET;
	if (rule->kind == FAULT_EXPIRED)
		return call->caller.session != NULL;
	return true;
}

static bool strikes(struct rule *rule)
{
	size_t i = (size_t)(rule - rules);
	uint64_t h;

	if (!rule->left)
		return false;
	h = mix(mix((uint64_t)org.options->seed, 0xfa0 + rule->kind + 97 * i), rule->counter++);
	if (hash_unit(h) >= rule->rate)
		return false;
	if (rule->left > 0)
		rule->left--;
	stats_fault(names[rule->kind]);
	return true;
}

enum fault faults_choose(const struct call *call)
{
	for (size_t i = 0; i < n_rules; i++)
		if (applies(&rules[i], call) && strikes(&rules[i]))
			return rules[i].kind;
	return FAULT_NONE;
}

bool faults_part(enum fault kind, const struct operation *operation)
{
	for (size_t i = 0; i < n_rules; i++)
		if (rules[i].kind == kind && in_scope(&rules[i], operation) && strikes(&rules[i]))
			return true;
	return false;
}

static void wrong_region(struct call *call)
{
	static unsigned turn;
	const char *other = regions[call->region_index == 0 ? 1 % org.n_regions : 0].name;

	buf_reset(&call->response->body);
	if (turn++ % 2) {
		call_fail_with(call, 400, "AuthorizationHeaderMalformed",
			arena_printf(call->arena,
				"The authorization header is malformed; the region '%.*s' is wrong; expecting '%s'",
				(int)call->region.n, call->region.p, other),
			arena_printf(call->arena, "<Region>%s</Region>", other));
	} else {
		call_fail_with(call, 301, "PermanentRedirect",
			"The bucket you are attempting to access must be addressed using the specified "
			"endpoint. "
			"Please send all future requests to this endpoint.",
			arena_printf(call->arena,
				"<Endpoint>s3.%s.amazonaws.com</Endpoint><Bucket>%.*s</Bucket>", other,
				(int)call->bucket.n, call->bucket.p));
	}
	buf_printf(&call->response->headers, "x-amz-bucket-region: %s\r\n", other);
}

/* Answers as if the client's clock were ten minutes behind ours. */
static void skewed(struct call *call)
{
	char sent[17], now_text[17];
	time_t now = http_now(), then = now - 600;
	struct tm tm;

	strftime(sent, sizeof(sent), "%Y%m%dT%H%M%SZ", gmtime_r(&then, &tm));
	strftime(now_text, sizeof(now_text), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	call_refuse(call, CAUSE_SKEWED,
		call->operation->service == SERVICE_s3 || call->operation->service == SERVICE_s3control
			? NULL
			: arena_printf(call->arena,
				  "Signature expired: %s is now earlier than %s (%s - 5 min.)", sent, now_text,
				  now_text));
}

static bool speaks_json(const struct call *call)
{
	return call->service->protocol == PROTOCOL_JSON ||
		call->service->protocol == PROTOCOL_REST_JSON;
}

static void entity_bomb(struct call *call)
{
	struct buf *b = call_answer(call);

	if (speaks_json(call)) {
		for (int i = 0; i < DEEP_JSON; i++)
			buf_char(b, '[');
		for (int i = 0; i < DEEP_JSON; i++)
			buf_char(b, ']');
		return;
	}
	buf_str(b, "<?xml version=\"1.0\"?>\n<!DOCTYPE bomb [\n<!ENTITY e0 \"xxxxxxxxxxxxxxxx\">\n");
	for (int i = 1; i < 10; i++) {
		buf_printf(b, "<!ENTITY e%d \"", i);
		for (int k = 0; k < 16; k++)
			buf_printf(b, "&e%d;", i - 1);
		buf_str(b, "\">\n");
	}
	buf_str(b, "]>\n<Response><Value>&e9;</Value></Response>");
}

static void html_page(struct call *call)
{
	struct buf *b = call_answer(call);

	call->failed = true;
	call->response->status = 500;
	call->response->content_type = "text/html";
	buf_str(b,
		"<!DOCTYPE html>\n<html><head><title>500 Internal Server Error</title></head>\n"
		"<body><h1>Internal Server Error</h1><hr>balancer<br></body></html>\n");
}

/* Answers a mutation, which must not take effect, with the beginning of an invalid answer. */
static void stub(struct call *call)
{
	buf_str(call_answer(call),
		speaks_json(call) ? "{\"result\": {\"a\": \"" : "<?xml version=\"1.0\"?><Response><a>");
}

bool faults_before(struct call *call, enum fault fault)
{
	static unsigned turn;
	struct http_response *r = call->response;

	switch (fault) {
	case FAULT_5XX:
		call_refuse(call, turn++ % 2 ? CAUSE_UNAVAILABLE : CAUSE_INTERNAL, NULL);
		return true;
	case FAULT_HTML:
		html_page(call);
		return true;
	case FAULT_RESET:
		r->delivery = HTTP_RESET;
		return true;
	case FAULT_STALL:
		r->delivery = HTTP_STALL;
		return true;
	case FAULT_THROTTLE:
		call_refuse(call, CAUSE_THROTTLED, NULL);
		return true;
	case FAULT_EXPIRED:
		call_refuse(call, CAUSE_EXPIRED, NULL);
		return true;
	case FAULT_REGION:
		wrong_region(call);
		return true;
	case FAULT_SKEW:
		skewed(call);
		return true;
	case FAULT_ENTITY:
		entity_bomb(call);
		return true;
	case FAULT_DENIED:
		call_deny(call, call->operation->action, NULL,
			"with an explicit deny in a service control policy");
		return true;
	case FAULT_ENDLESS:
		stub(call);
		r->delivery = HTTP_ENDLESS;
		return true;
	case FAULT_TRUNCATE:
		if (!call->operation->mutating && call->operation->service != SERVICE_sqs)
			return false;
		stub(call);
		r->delivery = HTTP_TRUNCATE;
		return true;
	default:
		return false;
	}
}

void faults_after(struct http_response *r, enum fault fault)
{
	if (fault == FAULT_RESET_AFTER) {
		r->delivery = HTTP_RESET;
	} else if (fault == FAULT_TRICKLE) {
		r->delivery = HTTP_TRICKLE;
	} else if (fault == FAULT_TRUNCATE) {
		r->body.n /= 2;
		r->delivery = HTTP_TRUNCATE;
	}
}
