import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('reporting', import.meta.dirname);
