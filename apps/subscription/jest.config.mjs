import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('subscription', import.meta.dirname);
