import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('notification', import.meta.dirname);
