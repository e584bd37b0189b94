/** The dashboard in `deploy`, as the tests look at it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from './project-files.js';

/** One panel. */
export interface DashboardPanel {
  readonly title: string;
  /** Where it lies on a grid of 24 columns. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** PromQL with Grafana's variables in it. */
  readonly queries: readonly string[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: {
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
    };
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

/** The panels of `deploy/grafana-dashboard.json`. */
export function dashboardPanels(): DashboardPanel[] {
  const text = readFileSync(join(PROJECT_ROOT, 'deploy/grafana-dashboard.json'), 'utf8');
  return (JSON.parse(text) as Dashboard).panels.map(({ title, gridPos, targets }) => ({
    title,
    x: gridPos.x,
    y: gridPos.y,
    width: gridPos.w,
    height: gridPos.h,
    queries: targets.map(({ expr }) => expr),
  }));
}
