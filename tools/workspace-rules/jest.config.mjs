import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('workspace-rules', import.meta.dirname);
