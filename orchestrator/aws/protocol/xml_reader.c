/* Turns elements into values, as the shape says. */
#include "aws/protocol/xml_reader.h"

#include "aws/protocol/protocol_wire.h"
#include "aws/protocol/xml_error.h"
#include "base/banned.h"

#include <strings.h>

static const struct aws_member metadata_members[] = {
	AWS_MEMBER("RequestId", &aws_string),
	AWS_MEMBER("RequestId", &aws_string, .wire = "requestId"),
};
static const struct aws_shape metadata_shape = AWS_STRUCTURE_OF(metadata_members);

void xml_reader_fail(struct xml_reader *reader, enum err_kind kind, const char *code,
	const char *format, ...)
{
	char message[256];
	va_list args;

	if (reader->failed)
		return;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	err_set(reader->err, kind, code, "the answer to %s %s", reader->expect->operation, message);
	reader->failed = true;
	reader->stop(reader->parser);
}

static struct xml_frame *push(struct xml_reader *reader, enum xml_frame_kind kind,
	const struct aws_shape *shape, json_t *value)
{
	/* There is room: a frame is an open element, and their depth is checked first. */
	struct xml_frame *frame = &reader->frames[reader->frame_count++];

	*frame = (struct xml_frame){ .kind = kind, .shape = shape, .value = value };
	return frame;
}

/* Puts the value in its place, and takes the reference. */
static void attach(const struct xml_target *target, json_t *value)
{
	if (target->entry != NULL) {
		json_decref(target->entry->entry_value);
		target->entry->entry_value = value;
	} else if (target->name == NULL) {
		json_array_append_new(target->container, value);
	} else {
		json_object_set_new_nocheck(target->container, target->name, value);
	}
}

static const char *local_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon != NULL ? colon + 1 : name;
}

static void push_scalar(struct xml_reader *reader, const struct aws_shape *shape,
	const struct xml_target *target, const char *name)
{
	struct xml_frame *frame = push(reader, XML_SCALAR, shape, NULL);

	frame->target = *target;
	frame->name = name;
	buf_reset(&reader->text);
}

static void read_attributes(struct xml_reader *reader, const struct aws_shape *shape,
	json_t *object, const char **attributes)
{
	for (size_t i = 0; i < shape->member_count && attributes[0] != NULL; i++) {
		const struct aws_member *member = &shape->members[i];

		if (!(member->flags & AWS_XML_ATTRIBUTE))
			continue;
		for (const char **pair = attributes; pair[0] != NULL; pair += 2) {
			struct wire_place up = { .name = reader->expect->operation },
							  at = WIRE_AT(&up, member->name);
			json_t *value = NULL;

			if (strncmp(pair[0], "xmlns", 5) == 0 ||
				strcmp(local_name(pair[0]), local_name(wire_name(member))) != 0)
				continue;
			if (wire_scalar_value(member->shape, pair[1], strlen(pair[1]), &at, &value,
					reader->err) < 0) {
				reader->failed = true;
				reader->stop(reader->parser);
				return;
			}
			if (value != NULL)
				json_object_set_new_nocheck(object, member->name, value);
		}
	}
}

static bool is_flattened(const struct aws_member *member)
{
	return ((member->flags | member->shape->flags) & AWS_FLATTENED) != 0;
}

static void start_value(struct xml_reader *reader, const struct aws_member *member,
	const struct xml_target *target, const char **attributes)
{
	const struct aws_shape *shape = member->shape;
	json_t *container;

	switch (shape->type) {
	case AWS_STRUCTURE:
		container = json_object();
		attach(target, container);
		push(reader, XML_STRUCTURE, shape, container);
		read_attributes(reader, shape, container, attributes);
		break;
	case AWS_LIST:
		container = json_array();
		attach(target, container);
		push(reader, XML_LIST, shape, container);
		break;
	case AWS_MAP:
		container = json_object();
		attach(target, container);
		push(reader, XML_MAP, shape, container);
		break;
	case AWS_DOCUMENT: /* no XML protocol has documents */
		reader->skipped = 1;
		break;
	default:
		push_scalar(reader, shape, target, member->name);
	}
}

/* Returns the list or map that the flattened elements met so far have made; a new one for the
 * first. */
static json_t *flattened_container(const struct xml_frame *frame, const struct aws_member *member)
{
	json_t *container = json_object_get(frame->value, member->name);

	if (container == NULL) {
		container = member->shape->type == AWS_LIST ? json_array() : json_object();
		json_object_set_new_nocheck(frame->value, member->name, container);
	}
	return container;
}

static void start_member(struct xml_reader *reader, const struct xml_frame *frame,
	const struct aws_member *member, const char **attributes)
{
	struct xml_target target = { .container = frame->value, .name = member->name };

	if (is_flattened(member) && member->shape->type == AWS_LIST) {
		target = (struct xml_target){ .container = flattened_container(frame, member) };
		start_value(reader, &member->shape->element, &target, attributes);
	} else if (is_flattened(member) && member->shape->type == AWS_MAP) {
		push(reader, XML_ENTRY, member->shape, flattened_container(frame, member));
	} else {
		start_value(reader, member, &target, attributes);
	}
}

static bool member_is(const struct aws_member *member, const char *name)
{
	if (member->location == AWS_IN_HEADER || member->location == AWS_IN_HEADERS ||
		member->location == AWS_IN_STATUS || (member->flags & AWS_XML_ATTRIBUTE))
		return false;
	if (strcmp(wire_name(member), name) == 0)
		return true;
	/* A flattened list's elements may go by the element's name. */
	return member->shape->type == AWS_LIST && member->shape->element.wire != NULL &&
		is_flattened(member) && strcmp(member->shape->element.wire, name) == 0;
}

/* Finds a member by its element's name. Elements mostly arrive in the model's order, so the search
 * starts where the last one ended. */
static const struct aws_member *find_member(struct xml_frame *frame, const char *name)
{
	size_t count = frame->shape->member_count;

	for (size_t i = 0; i < count; i++) {
		size_t index = frame->next_member + i < count ? frame->next_member + i
													  : frame->next_member + i - count;

		if (member_is(&frame->shape->members[index], name)) {
			frame->next_member = index + 1 < count ? index + 1 : 0;
			return &frame->shape->members[index];
		}
	}
	return NULL;
}

static void start_in_structure(struct xml_reader *reader, struct xml_frame *frame, const char *name,
	const char **attributes)
{
	const struct aws_member *member = find_member(frame, name);

	if (member != NULL) {
		start_member(reader, frame, member, attributes);
	} else if (reader->depth == 2 && strcmp(name, "requestId") == 0) {
		/* EC2 puts the request id beside the result. */
		struct xml_target target = { .container = reader->metadata, .name = "RequestId" };

		push_scalar(reader, &aws_string, &target, "RequestId");
	} else {
		reader->skipped = 1;
	}
}

static void start_in_envelope(struct xml_reader *reader, const char *name, const char **attributes)
{
	const struct xml_expect *expect = reader->expect;

	if (expect->value != NULL && strcmp(name, expect->wrapper) == 0 && !reader->wrapper_seen) {
		reader->wrapper_seen = true;
		push(reader, XML_STRUCTURE, expect->value->shape, reader->result->value);
		read_attributes(reader, expect->value->shape, reader->result->value, attributes);
	} else if (strcmp(name, "ResponseMetadata") == 0) {
		push(reader, XML_STRUCTURE, &metadata_shape, reader->metadata);
	} else {
		reader->skipped = 1;
	}
}

static void start_in_entry(struct xml_reader *reader, struct xml_frame *frame, const char *name,
	const char **attributes)
{
	const struct aws_shape *map = frame->shape;

	if (strcmp(name, map->key.wire != NULL ? map->key.wire : "key") == 0) {
		push(reader, XML_KEY, &aws_string, NULL)->target.entry = frame;
		buf_reset(&reader->text);
	} else if (strcmp(name, map->element.wire != NULL ? map->element.wire : "value") == 0) {
		struct xml_target target = { .entry = frame };

		start_value(reader, &map->element, &target, attributes);
	} else {
		reader->skipped = 1;
	}
}

static void start_root(struct xml_reader *reader, const char *name, const char **attributes)
{
	const struct xml_expect *expect = reader->expect;
	json_t *error = json_object();
	const struct aws_shape *error_document = xml_error_document(name, expect->is_error, error);

	if (error_document != NULL) {
		reader->result->error = error;
		push(reader, XML_STRUCTURE, error_document, error);
		return;
	}
	json_decref(error);
	if (strcasecmp(name, "html") == 0 || expect->is_error) {
		xml_reader_fail(reader, ERR_PROTOCOL, "NotAnAwsAnswer",
			"is %s, which is not an answer from AWS",
			expect->is_error ? "an XML document" : "an HTML page");
	} else if (expect->root != NULL && strcmp(name, expect->root) != 0) {
		xml_reader_fail(reader, ERR_PROTOCOL, "WrongRoot", "is not a <%s> document", expect->root);
	} else if (expect->wrapper != NULL) {
		if (expect->value != NULL)
			reader->result->value = json_object();
		push(reader, XML_ENVELOPE, NULL, NULL);
	} else if (expect->value == NULL) {
		push(reader, XML_STRUCTURE, &metadata_shape, reader->metadata);
	} else {
		/* The root is read as the only element of a list, so that it may be a scalar, too. */
		struct xml_target target = { .container = reader->metadata, .name = "Value" };

		start_value(reader, expect->value, &target, attributes);
	}
}

void xml_reader_start(struct xml_reader *reader, const char *name, const char **attributes)
{
	struct xml_frame *frame = reader->frame_count > 0 ? &reader->frames[reader->frame_count - 1]
													  : NULL;

	if (reader->failed)
		return;
	if (++reader->depth > XML_MAX_DEPTH) {
		xml_reader_fail(reader, ERR_LIMIT, "XmlTooDeep", "is nested deeper than %d levels",
			XML_MAX_DEPTH);
		return;
	}
	if (++reader->elements > XML_MAX_ELEMENTS) {
		xml_reader_fail(reader, ERR_LIMIT, "XmlTooLarge", "has more than %d elements",
			XML_MAX_ELEMENTS);
		return;
	}
	if (reader->skipped > 0) {
		reader->skipped++;
		return;
	}
	name = local_name(name);
	if (frame == NULL) {
		start_root(reader, name, attributes);
		return;
	}
	switch (frame->kind) {
	case XML_ENVELOPE:
		start_in_envelope(reader, name, attributes);
		break;
	case XML_STRUCTURE:
		start_in_structure(reader, frame, name, attributes);
		break;
	case XML_LIST: {
		struct xml_target target = { .container = frame->value };

		start_value(reader, &frame->shape->element, &target, attributes);
		break;
	}
	case XML_MAP:
		push(reader, XML_ENTRY, frame->shape, frame->value);
		break;
	case XML_ENTRY:
		start_in_entry(reader, frame, name, attributes);
		break;
	case XML_KEY:
	case XML_SCALAR:
		reader->skipped = 1;
		break;
	}
}

static void end_scalar(struct xml_reader *reader, struct xml_frame *frame)
{
	struct wire_place up = { .name = reader->expect->operation }, at = WIRE_AT(&up, frame->name);
	json_t *value = NULL;

	if (frame->name == NULL)
		at = up;
	if (wire_scalar_value(frame->shape, reader->text.data, reader->text.length, &at, &value,
			reader->err) < 0) {
		reader->failed = true;
		reader->stop(reader->parser);
	} else if (value != NULL) {
		attach(&frame->target, value);
	}
}

static void end_entry(struct xml_reader *reader, struct xml_frame *frame)
{
	if (frame->entry_key == NULL) {
		xml_reader_fail(reader, ERR_PROTOCOL, "BadMap", "has an entry of a map without a key");
		return;
	}
	if (frame->entry_value != NULL)
		json_object_set_new_nocheck(frame->value, json_string_value(frame->entry_key),
			frame->entry_value);
	frame->entry_value = NULL;
	json_decref(frame->entry_key);
	frame->entry_key = NULL;
}

void xml_reader_end(struct xml_reader *reader)
{
	if (reader->failed)
		return;
	reader->depth--;
	if (reader->skipped > 0) {
		reader->skipped--;
		return;
	}
	struct xml_frame *frame = &reader->frames[reader->frame_count - 1];
	if (frame->kind == XML_SCALAR) {
		end_scalar(reader, frame);
	} else if (frame->kind == XML_KEY) {
		json_decref(frame->target.entry->entry_key);
		frame->target.entry->entry_key =
			json_stringn_nocheck(reader->text.data, reader->text.length);
	} else if (frame->kind == XML_ENTRY) {
		end_entry(reader, frame);
	}
	if (!reader->failed)
		reader->frame_count--;
}

void xml_reader_text(struct xml_reader *reader, const char *text, size_t length)
{
	const struct xml_frame *frame =
		reader->frame_count > 0 ? &reader->frames[reader->frame_count - 1] : NULL;

	if (!reader->failed && reader->skipped == 0 && frame != NULL &&
		(frame->kind == XML_SCALAR || frame->kind == XML_KEY))
		buf_add(&reader->text, text, length);
}

void xml_reader_release(struct xml_reader *reader)
{
	for (size_t i = 0; i < reader->frame_count; i++) {
		json_decref(reader->frames[i].entry_key);
		json_decref(reader->frames[i].entry_value);
	}
	reader->frame_count = 0;
}
