import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('atlas', import.meta.dirname);
