import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('projections', import.meta.dirname);
