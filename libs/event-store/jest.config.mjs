import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('event-store', import.meta.dirname);
