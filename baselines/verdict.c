#include "baselines/verdict.h"

#include "aws/client_view.h"
#include "aws/operations/operations.h"
#include "baselines/baseline.h"

#include "base/banned.h"
#include "base/json.h"

#include <stdarg.h>

void verdict_release(struct verdict *verdict)
{
	json_decref(verdict->desired);
	json_decref(verdict->after);
	json_decref(verdict->calls);
	memset(verdict, 0, sizeof *verdict);
}

void verdict_cause(struct verdict *verdict, const char *code, const char *format, ...)
{
	va_list args;

	snprintf(verdict->cause_code, sizeof verdict->cause_code, "%s", code);
	va_start(args, format);
	vsnprintf(verdict->cause_message, sizeof verdict->cause_message, format, args);
	va_end(args);
}

void verdict_add_call(struct verdict *verdict, const struct aws_operation *operation,
	const char *region, json_t *params)
{
	if (verdict->calls == NULL)
		verdict->calls = json_array();
	json_array_append_new(verdict->calls,
		json_pack("{s:s, s:s, s:s?, s:o}", "service", operation->service->id, "operation",
			operation->name, "region", region, "params", params));
}

int baseline_make_calls(struct baseline_context *context, struct aws_writer *writer,
	const struct change *change, struct err *err)
{
	size_t index;
	json_t *call;

	json_array_foreach((json_t *)change->calls, index, call) {
		const char *service = json_get_string_or(call, "service", "");
		const char *name = json_get_string_or(call, "operation", "");
		const char *account = json_get_string(call, "account");
		const struct aws_operation *operation = aws_operation_find(service, name);

		if (operation == NULL)
			return err_set(err, ERR_UNDECLARED, "UnknownOperation",
				"change %s has a call of %s %s, an operation that this version of Reeve does not "
				"make",
				change->id, service, name);
		struct aws_call request = {
			.operation = operation,
			.region = json_get_string(call, "region"),
			.params = json_incref(json_object_get(call, "params")),
		};
		struct aws_writer *chosen = account == NULL ? writer
													: context->writer_in(context, account, err);

		if (chosen == NULL) {
			json_decref(request.params);
			return -1;
		}
		if (aws_write(chosen, &request, NULL, err) < 0)
			return -1;
	}
	return 0;
}

void baseline_emit_failure(struct baseline_context *context, const char *resource,
	const char *region, const struct err *failure, const struct aws_trace *trace)
{
	context->emit(context,
		&(struct observation){
			.resource = resource, .region = region, .failure = failure, .trace = trace });
}

json_t *baseline_image(const struct baseline *baseline, const json_t *state)
{
	json_t *image = json_object();

	for (const char *const *field = baseline->image_fields; *field != NULL; field++) {
		const json_t *value = json_object_get(state, *field);

		json_object_set_new_nocheck(image, *field,
			value != NULL ? json_deep_copy(value) : json_null());
	}
	return image;
}
