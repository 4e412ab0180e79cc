import { describeAutoImport } from '../support/auto-import-cases.ts';

describeAutoImport('EventGrid');
