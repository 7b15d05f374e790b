// Writes docs/reference/doctor-rules.md anew.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allRules } from '../src/doctor/rules/all.ts';
import { doctorPage } from './doctor-page.ts';

writeFileSync(join(import.meta.dirname, '../docs/reference/doctor-rules.md'), doctorPage(allRules));
