import { requireRole } from '@atlas/platform';
import { z } from 'zod';

/** Lets operators through, nobody else: 403 OPERATOR_REQUIRED. */
export const operatorsOnly = requireRole('operator', 'Only an operator may see the reports of other workspaces.');

/** The workspace that an operator asks for. Any id will do: reporting knows no workspaces, only what they have said. */
export const tenantId = z.string('must be the id of a workspace, given once').min(1).max(128);
