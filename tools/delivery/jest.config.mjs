import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('delivery', import.meta.dirname);
