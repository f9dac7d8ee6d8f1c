import { projectConfig } from '../../jest.preset.mjs';

export default projectConfig('payment-sandbox', import.meta.dirname);
