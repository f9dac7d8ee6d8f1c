import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('shared-state', import.meta.dirname);
