#pragma once

namespace acrtc::study {

/// The value that a Student-t variable with `freedom` > 0 degrees of freedom stays below with `probability` in (0, 1).
/// From the regularized incomplete beta function (NIST DLMF 8.17.22, https://dlmf.nist.gov/8.17), to about 1e-10.
double student_t_quantile(double probability, double freedom);

/// P(T <= t).
double student_t_probability(double t, double freedom);

}  // namespace acrtc::study
