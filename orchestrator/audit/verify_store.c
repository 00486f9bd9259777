/*
 * Verifies the log in the store, from its first entry to its head record.
 */
#include "audit/verify_store.h"

#include "audit/block.h"
#include "audit/entry.h"
#include "audit/verify.h"
#include "store/read.h"

#include "base/banned.h"

#include <inttypes.h>

/* Turns damage that was met while reading into the verdict; it is not an error of the verification.
 */
static int take_damage(struct audit_verdict *verdict, const struct err *failure, struct err *err)
{
	if (!err_is(failure, ERR_STORE, "AuditDamaged")) {
		*err = *failure;
		return -1;
	}
	audit_fault_set(&verdict->fault, 0, 0, "%s", failure->message);
	return 0;
}

/* --- gaps, and what lies beyond the head --- */

struct key_walk {
	struct store *store;
	uint64_t wanted; /* the search is for the first number above this one */
	bool from_head;  /* the head record's number, in the snapshot of this walk */
	bool begun;
	uint64_t found; /* 0: none */
	bool strange;   /* a key that we don't write */
};

static int look_at_key(void *argument, const struct store_key *key, const void *value,
	size_t length)
{
	struct key_walk *walk = argument;
	struct audit_head head;
	bool found;
	uint64_t seq;

	(void)value, (void)length;
	if (walk->from_head && !walk->begun && audit_head_read(walk->store, &head, &found, NULL) == 0 &&
		found)
		walk->wanted = head.seq;
	walk->begun = true;
	if (audit_seq_of_key(key, &seq) < 0) {
		walk->strange = true;
		return 1;
	}
	if (seq <= walk->wanted)
		return 0;
	walk->found = seq;
	return 1;
}

static int report_gap(struct store *store, uint64_t first, uint64_t last,
	struct audit_verdict *verdict, struct err *err)
{
	struct key_walk walk = { .store = store, .wanted = first };

	if (store_each(store, STORE_AUDIT, NULL, look_at_key, &walk, err) < 0)
		return -1;
	if (walk.found != 0 && walk.found <= last)
		last = walk.found - 1;
	if (first == last)
		audit_fault_set(&verdict->fault, first, 0, "entry %" PRIu64 " is missing", first);
	else
		audit_fault_set(&verdict->fault, first, 0, "entries %" PRIu64 " to %" PRIu64 " are missing",
			first, last);
	return 0;
}

static int check_beyond(struct store *store, struct audit_verdict *verdict, struct err *err)
{
	struct key_walk walk = { .store = store, .wanted = verdict->last, .from_head = true };

	if (store_each(store, STORE_AUDIT, NULL, look_at_key, &walk, err) < 0)
		return -1;
	if (walk.strange)
		audit_fault_set(&verdict->fault, 0, 0, "the log holds a record that is not an entry");
	else if (walk.found != 0)
		audit_fault_set(&verdict->fault, walk.found, 0,
			"entry %" PRIu64 " lies beyond the head of the log: the head record was set back, or "
			"the entry was added",
			walk.found);
	return 0;
}

/* --- the chain --- */

/* Checks one block; *seq becomes the number after its last entry. */
static int check_block(struct store *store, struct audit_chain *chain, struct audit_block *block,
	struct audit_verdict *verdict, struct err *err)
{
	struct err failure = ERR_INIT;

	if (audit_block_read(store, chain->next, block, &failure) < 0)
		return take_damage(verdict, &failure, err);
	if (block->count == 0)
		return report_gap(store, chain->next, verdict->last, verdict, err);
	for (size_t i = 0; i < block->count && chain->next <= verdict->last; i++) {
		uint64_t seq = block->entries[i].seq;

		if (seq != chain->next && chain->doubtful == 0)
			return report_gap(store, chain->next, verdict->last, verdict, err);
		/* An entry that claims another number than that of its key is not a gap: keys are in
		 * order here. */
		if (!audit_chain_take(chain, block->bytes.data + block->entries[i].offset,
				block->entries[i].length, 0)) {
			verdict->fault = chain->fault;
			return 0;
		}
		if (chain->gap_first != 0) {
			audit_fault_set(&verdict->fault, seq, 0,
				"entry %" PRIu64 " was altered: it says that it is entry %" PRIu64, seq,
				chain->gap_last + 1);
			return 0;
		}
	}
	return 0;
}

static int check_chain(struct store *store, const struct audit_head *head,
	struct audit_chain *chain, struct audit_verdict *verdict, struct err *err)
{
	char genesis[AUDIT_HASH_SIZE];
	struct audit_block *block = audit_block_new();
	int result = 0;

	audit_genesis(head->log, head->public_key, genesis);
	audit_chain_begin(chain, head->log, head->public_key, 1, genesis);
	while (result == 0 && verdict->fault.what[0] == '\0' && chain->next <= head->seq)
		result = check_block(store, chain, block, verdict, err);
	audit_block_free(block);
	if (result < 0 || verdict->fault.what[0] != '\0')
		return result;
	if (!audit_chain_end(chain, head->seq, head->hash))
		verdict->fault = chain->fault;
	else if (strcmp(chain->hash, head->hash) != 0)
		audit_fault_set(&verdict->fault, head->seq, 0,
			"entry %" PRIu64 " was altered: its hash is not the one in the log's head record",
			head->seq);
	else if (chain->checkpoint != head->checkpoint)
		audit_fault_set(&verdict->fault, 0, 0,
			"the log's head record was altered: its last checkpoint is entry %" PRIu64
			", not %" PRIu64,
			chain->checkpoint, head->checkpoint);
	return 0;
}

int audit_verify_store(struct store *store, const char *public_key, struct audit_verdict *verdict,
	struct err *err)
{
	struct err failure = ERR_INIT;
	struct audit_chain chain = { .next = 1 };
	struct audit_head head;
	bool found;
	int result = 0;

	*verdict = (struct audit_verdict){ .whole = false };
	if (audit_head_read(store, &head, &found, &failure) < 0)
		return take_damage(verdict, &failure, err);
	if (found) {
		memcpy(verdict->log, head.log, sizeof verdict->log);
		memcpy(verdict->public_key, head.public_key, sizeof verdict->public_key);
		verdict->first = 1;
		verdict->last = head.seq;
	}
	if (found && public_key != NULL && strcmp(public_key, head.public_key) != 0)
		audit_fault_set(&verdict->fault, 0, 0,
			"the log names a different key than the given one, %s: it is another log, or was "
			"created anew",
			public_key);
	else if (found)
		result = check_chain(store, &head, &chain, verdict, err);
	if (result == 0 && verdict->fault.what[0] == '\0')
		result = check_beyond(store, verdict, err);
	verdict->entries = chain.next - 1;
	verdict->checkpoints = chain.checkpoints;
	verdict->unsigned_entries = verdict->entries -
		(chain.checkpoint < verdict->entries ? chain.checkpoint : verdict->entries);
	verdict->whole = result == 0 && verdict->fault.what[0] == '\0';
	return result;
}
