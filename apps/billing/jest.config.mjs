import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('billing', import.meta.dirname);
