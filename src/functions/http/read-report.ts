import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import { queries } from '../../domain/api/queries.ts';
import { formatReportCsv } from '../../domain/transfer/report-csv.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { parseQuery } from './parse-query.ts';
import { problem } from './problem.ts';

/** `GET /transfers/{id}/report`: the transfer document with all artifacts, or these as CSV. 409 before the end. */
export function getReport(services: Services, call: Call): Promise<HttpResponseInit> {
  return withTransfer(services, call, async ({ id }) => {
    const parsed = parseQuery(call, queries.report);
    if ('refused' in parsed) return parsed.refused;
    const report = await services.transfers.readReport(id);
    if (!report) {
      const detail = `Transfer ${id} has no report before it has ended.`;
      return problem(call.request, call.correlationId, { status: 409, code: 'TRANSFER_RUNNING', detail });
    }
    if (parsed.query.format === 'json') return { jsonBody: await services.transfers.readDocument(id) };
    const headers = {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${id}.csv"`,
    };
    return { body: formatReportCsv(report), headers };
  });
}
