import { calendarDay, localMinute } from '../calendar.ts';
import { feature, type FeatureGroup } from './feature.ts';

/** The schedule, the calendar and the clock. */
export const scheduleFeatures: FeatureGroup = {
  features: [
    feature('lead', 'Time to the scheduled departure; negative after it', 'min', 'schedule, clock'),
    feature('overdue', 'Time by which a leg that has not left is late already', 'min', 'schedule, clock'),
    feature('position', 'Place among the legs of the day that are not cancelled, from 0', 'count', 'schedule, assignment'),
    feature('legs_remaining', 'Legs of the day after this one that are not cancelled', 'count', 'schedule, assignment'),
    feature('scheduled_block', 'Scheduled time from off-block to on-block', 'min', 'schedule'),
    feature('distance', 'Great-circle distance', 'mi', 'schedule'),
    feature('local_minute_sin', 'Sine of the local time of the scheduled departure over 24 h', '1', 'schedule'),
    feature('local_minute_cos', 'Cosine of the same', '1', 'schedule'),
    feature('weekday_sin', 'Sine of the day of the week (0 = Sunday) over 7 days', '1', 'schedule'),
    feature('weekday_cos', 'Cosine of the same', '1', 'schedule'),
    feature('year_sin', 'Sine of the day of the year over 365.25 days', '1', 'schedule'),
    feature('year_cos', 'Cosine of the same', '1', 'schedule'),
    feature('holiday_distance', 'Days to the nearest US holiday, at most 7', 'days', 'schedule'),
    feature('holiday_side', '-1 in the week before a holiday, 1 in the week after it, else 0', '1', 'schedule'),
  ],
  fill(out, at, { now, flight, status, position, remaining }) {
    const { schedule, day } = flight;
    const lead = schedule.scheduledOff - now;
    const minute = localMinute(schedule.scheduledOff, schedule.originOffset);
    const angle = (2 * Math.PI * minute) / 1440;
    const calendar = calendarDay(day);
    out[at] = lead;
    out[at + 1] = status === 'scheduled' && lead < 0 ? -lead : 0;
    out[at + 2] = position;
    out[at + 3] = remaining;
    out[at + 4] = schedule.scheduledOn - schedule.scheduledOff;
    out[at + 5] = schedule.distance;
    out[at + 6] = Math.sin(angle);
    out[at + 7] = Math.cos(angle);
    out[at + 8] = calendar.weekdaySin;
    out[at + 9] = calendar.weekdayCos;
    out[at + 10] = calendar.yearSin;
    out[at + 11] = calendar.yearCos;
    out[at + 12] = calendar.holidayDistance;
    out[at + 13] = calendar.holidaySide;
  },
};
