package demo

// paper prints a label: its sheet, the house's mark, the line's name, the number.
func (rd *Renderer) paper(s *subject, b box, sheet paint) {
	width, height, mid := b.right-b.left, b.bottom-b.top, (b.left+b.right)/2
	rd.fill(sheet)
	ink := solid(s.ink, 235)
	bold := lettering{rd.faces.bold, s.name, rd.faces.bold.fitting(s.name, height*30/100, width*84/100), centred}
	rd.write(bold, mid, b.top+height*46/100)
	rd.fill(ink)
	rd.polygon(mid-width/5, b.top+height*56/100, mid+width/5, b.top+height*56/100,
		mid+width/5, b.top+height*60/100, mid-width/5, b.top+height*60/100)
	rd.fill(ink)
	small := lettering{rd.faces.regular, s.number(), rd.faces.regular.fitting(s.number(), height*22/100, width*72/100), centred}
	rd.write(small, mid, b.top+height*83/100)
	rd.fill(ink)
}

func (rd *Renderer) bottle(s *subject) {
	body, neck := s.between(330, 420), s.between(105, 135)
	height, shoulder := s.between(2150, 2450), s.between(1350, 1550)
	rd.move(-body, -70)
	rd.line(-body, -shoulder)
	rd.curve(-body, -shoulder-330, -neck, -shoulder-260, -neck, -shoulder-560)
	rd.line(-neck, -height)
	rd.line(neck, -height)
	rd.line(neck, -shoulder-560)
	rd.curve(neck, -shoulder-260, body, -shoulder-330, body, -shoulder)
	rd.line(body, -70)
	rd.curve(body, 50, -body, 50, -body, -70)
	rd.close()
	rd.fill(rd.across(round(s.colour), -body, body))
	rd.gleam(box{-body * 70 / 100, -shoulder - 40, -body * 56 / 100, -160}, 120)
	rd.gleam(box{body * 82 / 100, -shoulder, body * 88 / 100, -200}, 70)
	rd.gleam(box{-neck * 60 / 100, -height + 150, -neck * 25 / 100, -shoulder - 480}, 110)
	rd.barrel(box{-neck - 22, -height - 120, neck + 22, -height + 190}, 18)
	rd.fill(rd.across(metal(s.accent), -neck-22, neck+22))
	label := box{-body, -shoulder + 170, body, -shoulder + 170 + s.between(640, 780)}
	rd.barrel(label, 26)
	rd.paper(s, box{label.left, label.top + 40, label.right, label.bottom}, rd.across(labelRound(s.label), -body, body))
}

// labelRound is round for matt paper: softer.
func labelRound(base rgb) *ramp {
	return newRamp(stop{0, lit(base, 74)}, stop{40, lit(base, 96)}, stop{90, lit(base, 104)}, stop{160, lit(base, 92)},
		stop{235, lit(base, 64)}, stop{255, lit(base, 70)})
}

func (rd *Renderer) jar(s *subject) {
	half, height := s.between(520, 620), s.between(900, 1150)
	rd.barrel(box{-half, -height, half, -60}, 60)
	rd.fill(rd.across(round(s.colour), -half, half))
	rd.gleam(box{-half * 78 / 100, -height + 110, -half * 68 / 100, -120}, 120)
	label := box{-half, -height + 240, half, -180}
	rd.barrel(label, 56)
	rd.paper(s, box{label.left + half/5, label.top + 60, label.right - half/5, label.bottom + 30}, rd.across(labelRound(s.label), -half, half))
	lid := s.between(230, 320)
	rd.barrel(box{-half - 34, -height - lid, half + 34, -height + 30}, 60)
	rd.fill(rd.across(metal(s.accent), -half-34, half+34))
	rd.ellipse(0, -height-lid, half+34, 66, false)
	rd.fill(rd.across(fade(s.accent, 128, 84), -half, half))
}

func (rd *Renderer) mug(s *subject) {
	half, height := s.between(540, 610), s.between(1150, 1300)
	grip, middle := s.between(330, 390), -height/2-40
	rd.ellipse(half-30, middle, grip, grip+90, false)
	rd.ellipse(half-30, middle, grip-120, grip-30, true)
	rd.fill(rd.down(newRamp(stop{0, lit(s.colour, 96)}, stop{120, lit(s.colour, 62)}, stop{255, lit(s.colour, 44)}),
		middle-grip-90, middle+grip+90))
	rd.move(-half, -height)
	rd.line(half, -height)
	rd.line(half, -190)
	rd.curve(half, 60, half-150, 40, 0, 40)
	rd.curve(-half+150, 40, -half, 60, -half, -190)
	rd.close()
	rd.fill(rd.across(round(s.colour), -half, half))
	rd.gleam(box{-half * 72 / 100, -height + 190, -half * 62 / 100, -260}, 130)
	rd.ellipse(0, -height, half, 110, false)
	rd.fill(rd.across(fade(s.colour, 118, 88), -half, half))
	rd.ellipse(0, -height+6, half-44, 88, false)
	rd.fill(rd.across(fade(lit(s.colour, 60), 45, 110), -half, half))
	rd.ellipse(0, -height+40, half-90, 52, false)
	rd.fill(rd.across(fade(rgb{0x5a, 0x34, 0x1e}, 70, 125), -half, half))
	label := box{-half * 62 / 100, -height + 330, half * 62 / 100, -height + 330 + half*9/10}
	rd.rounded(label, 60)
	rd.paper(s, label, rd.across(labelRound(s.label), -half, half))
}

func (rd *Renderer) vase(s *subject) {
	belly, height, lip := s.between(560, 680), s.between(1750, 2100), s.between(180, 260)
	rd.stems(s, height)
	rd.ellipse(0, -height, lip, 46, false)
	rd.fill(solid(lit(s.colour, 28), 256))
	rd.move(-lip, -height)
	rd.curve(-lip+60, -height+420, -belly, -height+560, -belly, -height*45/100)
	rd.curve(-belly, -280, -330, 0, -300, 0)
	rd.curve(-200, 46, 200, 46, 300, 0)
	rd.curve(330, 0, belly, -280, belly, -height*45/100)
	rd.curve(belly, -height+560, lip-60, -height+420, lip, -height)
	rd.curve(lip-60, -height+60, -lip+60, -height+60, -lip, -height)
	rd.close()
	rd.fill(rd.across(round(s.colour), -belly, belly))
	rd.glow(-belly*48/100, -height*52/100, belly*28/100, height*20/100, 120, rgb{255, 255, 255})
	rd.glow(belly*20/100, -height*14/100, belly, height*26/100, 60, rgb{20, 16, 14})
	tag := box{-210, -height*45/100 - 170, 210, -height*45/100 + 210}
	rd.rounded(tag, 190)
	rd.paper(s, tag, rd.across(labelRound(s.label), -belly, belly))
}

// stems are a few dried twigs with seed heads.
func (rd *Renderer) stems(s *subject, height int) {
	twig := rgb{0x8c, 0x75, 0x52}
	for i := range 5 {
		x, top := (i-2)*s.between(110, 170), -height-s.between(330, 640)
		rd.move((i-2)*24-9, -height+60)
		rd.curve((i-2)*24-9, -height-200, x-9, top+260, x-9, top)
		rd.line(x+9, top)
		rd.curve(x+9, top+260, (i-2)*24+9, -height-200, (i-2)*24+9, -height+60)
		rd.close()
		rd.fill(solid(lit(twig, 80), 256))
		rd.ellipse(x, top, 52, 92, false)
		rd.fill(rd.across(fade(mix(twig, brandSand, 120), 122, 70), x-52, x+52))
	}
}
