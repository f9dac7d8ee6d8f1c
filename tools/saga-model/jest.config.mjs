import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('saga-model', import.meta.dirname);
