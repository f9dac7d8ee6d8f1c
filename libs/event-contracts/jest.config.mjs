import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('event-contracts', import.meta.dirname);
