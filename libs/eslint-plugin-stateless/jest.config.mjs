import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('eslint-plugin-stateless', import.meta.dirname);
