import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('dev-stack', import.meta.dirname);
