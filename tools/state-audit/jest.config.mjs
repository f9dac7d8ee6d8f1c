import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('state-audit', import.meta.dirname);
