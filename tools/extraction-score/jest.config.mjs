import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('extraction-score', import.meta.dirname);
